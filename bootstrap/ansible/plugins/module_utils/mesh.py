"""The file of public keys, and what the kernel shows of the mesh. Pure: text in, text out."""

from __future__ import annotations

import re

HEAD = "# Public keys of the mesh, one line a device, written by `fogline bootstrap`. The private ones never leave their devices. docs/mesh.md.\n"


def with_key(text, device, key):
    """The file's text with the key of a device: its line is replaced, or a new one stands where its name belongs. Other lines stay."""
    line = '%s: "%s"' % (device, key)
    lines = [each for each in (text or HEAD).split("\n") if each != ""]
    pattern = re.compile(r"^%s\s*:" % re.escape(device))
    if any(pattern.match(each) for each in lines):
        lines = [line if pattern.match(each) else each for each in lines]
    else:
        after = [index for index, each in enumerate(lines) if each.startswith("#") or each.split(":")[0] < device]
        at = (after[-1] + 1) if after else 0
        lines = lines[:at] + [line] + lines[at:]
    return "\n".join(lines) + "\n"


def known_key(conf):
    """The key by which the fleet knows the machine, of the settings that were rendered for it; empty when it knows none."""
    match = re.search(r"^# The fleet knows this device by (\S+)$", conf, re.MULTILINE)
    return match.group(1) if match else ""


def peers_of(conf):
    """What is asked of the kernel: allowed addresses by public key."""
    peers, key = {}, None
    for line in conf.split("\n"):
        name, _, value = (part.strip() for part in line.partition("="))
        # A key ends with the sign that parts name and value.
        value = line.split("=", 1)[1].strip() if "=" in line else ""
        if line.startswith("#"):
            continue
        if name == "PublicKey":
            key = value
            peers[key] = set()
        elif name == "AllowedIPs" and key is not None:
            peers[key] = {each.strip() for each in value.split(",")}
    return peers


def shown_peers(listed):
    """The same of what `wg show <interface> allowed-ips` prints."""
    peers = {}
    for line in listed.split("\n"):
        key, _, addresses = line.partition("\t")
        if key:
            peers[key] = {each for each in addresses.split() if each != "(none)"}
    return peers
