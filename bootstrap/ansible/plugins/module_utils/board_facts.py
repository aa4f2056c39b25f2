"""Everything that provisioning wants to know of a machine before it changes something there. Reads only."""

from __future__ import annotations

import re

from ansible_collections.fogline.edge.plugins.module_utils import disks, kernel, nvpmodel
from ansible_collections.fogline.edge.plugins.module_utils.board_identity import identity_of
from ansible_collections.fogline.edge.plugins.module_utils.machine import settings_of

NVPMODEL_CONF = "/etc/nvpmodel.conf"
# Written by the role common when a machine was brought into a fleet.
IDENTITY = "/etc/fogline/identity.yaml"


def memory_of(machine):
    """Memory and swap in bytes, as the kernel has them."""
    found = {}
    for line in machine.lines("/proc/meminfo"):
        match = re.match(r"(MemTotal|SwapTotal):\s+(\d+) kB", line)
        if match:
            found[match.group(1)] = int(match.group(2)) * 1024
    return {"bytes": found.get("MemTotal", 0), "swap_bytes": found.get("SwapTotal", 0)}


def system_of(machine):
    release = settings_of(machine.lines("/etc/os-release"))
    return {"id": release.get("ID"), "version": release.get("VERSION_ID"), "name": release.get("PRETTY_NAME")}


def macs_of(machine):
    """Addresses of the network cards that are real: those of bridges and containers say nothing about the machine."""
    found = []
    for name in machine.names("/sys/class/net"):
        address = machine.text("/sys/class/net/%s/address" % name)
        if address and address != "00:00:00:00:00:00" and machine.exists("/sys/class/net/%s/device" % name):
            found.append(address)
    return found


def synchronised(machine):
    """Whether the clock follows a time server, by whichever service does that."""
    if machine.exists("/run/systemd/timesync/synchronized"):
        return True
    return (machine.run(["timedatectl", "show", "--property=NTPSynchronized", "--value"]) or "").strip() == "yes"


def has_default_route(machine):
    rows = [line.split() for line in machine.lines("/proc/net/route")]
    if any(len(row) > 7 and row[1] == "00000000" and row[7] == "00000000" for row in rows):
        return True
    six = [line.split() for line in machine.lines("/proc/net/ipv6_route")]
    return any(len(row) == 10 and row[0] == "0" * 32 and row[1] == "00" and row[9] != "lo" for row in six)


def boot_folder_of(machine):
    """Where a Raspberry Pi's firmware reads: images before Bookworm have it in /boot. Later ones keep a note there that the files have moved."""
    for folder in ("/boot/firmware", "/boot"):
        if machine.exists(folder + "/cmdline.txt") and machine.exists(folder + "/config.txt"):
            return folder
    return None


def version_in(printed):
    """The first version in what a program prints."""
    found = re.search(r"\b(\d+\.\d+(?:\.\d+)?)", printed or "")
    return found.group(1) if found else None


def jetson_of(machine):
    """The power modes; nothing where the machine has none."""
    text = machine.text(NVPMODEL_CONF)
    if text is None:
        return None
    try:
        modes = nvpmodel.parse_modes(text)
    except ValueError:
        modes = {"modes": [], "default": None}
    return {
        "modes": modes["modes"],
        "default": modes["default"],
        "stored": nvpmodel.stored_id(machine.text("/var/lib/nvpmodel/status")),
        "release": (machine.lines("/etc/nv_tegra_release") or [None])[0],
    }


def membership_of(machine):
    """What the machine already belongs to, as provisioning notes it, and whether K3s is there."""
    return {
        "identity": settings_of(line for line in machine.lines(IDENTITY) if not line.startswith("#")) or None,
        "k3s": machine.exists("/var/lib/rancher/k3s") or machine.exists("/etc/rancher/k3s/config.yaml"),
    }


def facts_of(machine, clock_seconds):
    """The facts by name. `clock_seconds` is what the machine's clock says, in seconds since 1970."""
    return {
        "board": identity_of(machine),
        "macs": macs_of(machine),
        "kernel": {"release": kernel.release_of(machine), "architecture": kernel.architecture_of(machine)},
        "userland": kernel.userland_of(machine),
        "possible_cores": kernel.possible_cores_of(machine),
        "memory": memory_of(machine),
        "page_bytes": kernel.page_bytes_of(machine),
        "cgroups": kernel.controllers_of(machine),
        "disks": disks.disks_of(machine),
        "clock": {"seconds": clock_seconds, "synchronised": synchronised(machine)},
        "system": system_of(machine),
        "boot_folder": boot_folder_of(machine),
        "default_route": has_default_route(machine),
        "jetson": jetson_of(machine),
        "gpu_toolkit": version_in(machine.run(["nvidia-ctk", "--version"])),
        "membership": membership_of(machine),
    }
