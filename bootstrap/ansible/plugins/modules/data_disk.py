#!/usr/bin/python
"""Finds the data disk by its label, and makes it of an empty disk that the operator named."""

from __future__ import annotations

DOCUMENTATION = r"""
module: data_disk
short_description: Find or make the data disk
description:
  - Finds the file system with the label O(label), and opens the encrypted one that holds it.
  - Makes it only where there is none, only of O(disk), and only when nothing at all is on that disk. Nothing else is ever formatted.
options:
  label:
    description: Label of the file system.
    type: str
    default: fogline-data
  encrypted_label:
    description: Label of the LUKS header, where O(encrypt) is set.
    type: str
    default: fogline-luks
  disk:
    description: The empty disk, such as C(/dev/disk/by-id/...).
    type: path
  encrypt:
    description: Whether the disk is encrypted.
    type: bool
    default: false
  key:
    description: File with the key, which is made on the machine.
    type: path
    default: /etc/fogline/data.key
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Find the data disk
  fogline.edge.data_disk:
    disk: /dev/disk/by-id/usb-Samsung_T7-0:0
"""

RETURN = r"""
device:
  description: The device with the file system; empty where check mode would have made it.
  returned: always
  type: str
"""

import json
import os
import stat

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fogline.edge.plugins.module_utils.files import write_whole


def output(module, *command):
    """What a command prints; empty where it ends with another code than 0."""
    code, text, _ = module.run_command(list(command))
    return text.strip() if code == 0 else ""


def labelled(module, label):
    """Devices with a label, read from the devices themselves. Those that hold others, as a mirror does, count once."""
    return [line for line in output(module, "blkid", "--cache-file", "/dev/null", "--match-token", "LABEL=" + label, "--output", "device").split("\n") if line]


def type_of(module, device):
    return output(module, "blkid", "--cache-file", "/dev/null", "--probe", "--match-tag", "TYPE", "--output", "value", device)


def what_is_on(module, disk):
    """Why a disk is not empty; nothing where it is. Reads the disk, its partitions and who uses it."""
    try:
        is_block = stat.S_ISBLK(os.stat(disk).st_mode)
    except FileNotFoundError:
        return ["there is no such device"]
    if not is_block:
        return ["it is no block device"]
    reasons = []
    code, text, error = module.run_command(["wipefs", "--no-act", "--json", disk])
    if code != 0:
        reasons.append("wipefs cannot read it: %s" % error.strip())
    signatures = json.loads(text).get("signatures", []) if code == 0 and text.strip() else []
    reasons += ["it has a signature of %s" % (one.get("type") or "something") for one in signatures]
    # 2 is blkid's "nothing found"; everything else found something, or could not tell.
    code, text, error = module.run_command(["blkid", "--cache-file", "/dev/null", "--probe", disk])
    if code != 2 and not signatures:
        reasons.append("blkid says %s" % (text or error or "code %d" % code).strip())
    name = os.path.basename(os.path.realpath(disk))
    parts = [entry for entry in (os.listdir("/sys/class/block/" + name) if os.path.isdir("/sys/class/block/" + name) else []) if entry.startswith(name)]
    reasons += ["it has the partition %s" % part for part in sorted(parts)]
    holders = "/sys/class/block/%s/holders" % name
    reasons += ["%s is made of it" % holder for holder in (sorted(os.listdir(holders)) if os.path.isdir(holders) else [])]
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        device = os.stat(disk).st_rdev
        number = "%d:%d" % (os.major(device), os.minor(device))
        reasons += ["it is mounted at %s" % line.split()[4] for line in file if line.split()[2] == number]
    with open("/proc/swaps", encoding="utf-8") as file:
        reasons += ["it is swap" for line in file if os.path.realpath(line.split()[0]) == os.path.realpath(disk)]
    try:
        # Held by a mount of another namespace, or by a mirror that the kernel knows under another name.
        os.close(os.open(disk, os.O_RDONLY | os.O_EXCL))
    except OSError as problem:
        reasons.append("it is in use: %s" % problem.strerror)
    return reasons


def empty_disks(module):
    """Disks that could be named, for the message."""
    found = []
    for disk in json.loads(output(module, "lsblk", "--json", "--nodeps", "--paths", "--output", "NAME,TYPE,SIZE") or "{}").get("blockdevices", []):
        if disk.get("type") == "disk" and not what_is_on(module, disk["name"]):
            found.append("%s (%s)" % (disk["name"], disk.get("size")))
    return found


def make_key(path):
    if os.path.exists(path):
        return
    write_whole(path, os.urandom(64), 0o400)


def make_file_system(module, device):
    label = module.params["label"]
    code, _, error = module.run_command(["mkfs.ext4", "-q", "-L", label, device])
    if code != 0:
        module.fail_json(msg="FL4174: no file system can be made on %s: %s. fix: try another disk" % (device, error.strip()))
    # The link by which it is mounted appears when udev has read the label.
    if os.path.exists("/run/udev/control"):
        module.run_command(["udevadm", "settle", "--timeout=30"])


def encrypted_device(module, found):
    """Opens the encrypted disk, or makes it first; gives the device inside."""
    label, key = module.params["encrypted_label"], module.params["key"]
    inside = "/dev/mapper/" + module.params["label"]
    if os.path.exists(inside):
        return inside
    if not found:
        make_key(key)
        code, _, error = module.run_command(
            ["cryptsetup", "luksFormat", "--batch-mode", "--type", "luks2", "--label", label, "--key-file", key, module.params["disk"]]
        )
        if code != 0:
            module.fail_json(msg="FL4176: %s cannot be encrypted: %s. fix: see whether the kernel has dm-crypt" % (module.params["disk"], error.strip()))
    device = found[0] if found else module.params["disk"]
    code, _, error = module.run_command(["cryptsetup", "open", "--type", "luks2", "--key-file", key, device, module.params["label"]])
    if code != 0:
        module.fail_json(
            msg="FL4176: the data disk %s does not open with %s: %s. fix: a disk of another machine opens with that machine's key alone; see also whether the kernel has dm-crypt"
            % (device, key, error.strip())
        )
    return inside


def one_of(module, found, label):
    if len(found) > 1:
        module.fail_json(msg="FL4174: %s all have the label %s. fix: keep one, and give the others another label with e2label" % (" and ".join(found), label))


def main():
    module = AnsibleModule(
        argument_spec={
            "label": {"type": "str", "default": "fogline-data"},
            "encrypted_label": {"type": "str", "default": "fogline-luks"},
            "disk": {"type": "path"},
            "encrypt": {"type": "bool", "default": False},
            "key": {"type": "path", "default": "/etc/fogline/data.key", "no_log": False},
        },
        supports_check_mode=True,
    )
    label, encrypt, disk = module.params["label"], module.params["encrypt"], module.params["disk"]
    plain = labelled(module, label)
    sealed = [device for device in labelled(module, module.params["encrypted_label"]) if type_of(module, device) == "crypto_LUKS"]
    one_of(module, plain, label)
    one_of(module, sealed, module.params["encrypted_label"])
    if plain and not encrypt and not plain[0].startswith("/dev/mapper/" + label):
        module.exit_json(changed=False, device=plain[0])
    if plain and encrypt and not sealed:
        module.fail_json(msg="FL4176: the data disk %s is not encrypted, and the fleet file says `encrypt: true`. fix: copy it away and empty it with `wipefs --all %s`" % (plain[0], plain[0]))
    if sealed and not encrypt:
        module.fail_json(msg="FL4176: the data disk %s is encrypted, and the fleet file does not say so. fix: state `host: { encrypt: true }`" % sealed[0])
    if not sealed:
        if not disk:
            found = empty_disks(module)
            module.fail_json(
                msg="FL4174: no disk has the label %s. fix: plug it in, or name an empty one with fogline_data_disk=/dev/disk/by-id/...; empty are: %s"
                % (label, ", ".join(found) or "none")
            )
        reasons = what_is_on(module, disk)
        if reasons:
            module.fail_json(msg="FL4173: %s is not made the data disk: %s. fix: name an empty one, or empty this one yourself with `wipefs --all %s`" % (disk, "; ".join(reasons), disk))
        if module.check_mode:
            module.exit_json(changed=True, device="")
    if not encrypt:
        make_file_system(module, disk)
        module.exit_json(changed=True, device=disk)
    was_open = os.path.exists("/dev/mapper/" + label)
    if module.check_mode:
        module.exit_json(changed=not was_open, device="/dev/mapper/" + label)
    inside = encrypted_device(module, sealed)
    # Also where a run was ended between the two.
    blank = not what_is_on(module, inside)
    if blank:
        make_file_system(module, inside)
    module.exit_json(changed=not was_open or blank, device=inside)


if __name__ == "__main__":
    main()
