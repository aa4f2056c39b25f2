"""Disks, the file systems on them, and what is free."""

from __future__ import annotations

import json
import os

COLUMNS = "NAME,PATH,TYPE,SIZE,FSTYPE,LABEL,MOUNTPOINT,TRAN,MODEL"


def medium_of(machine, disk):
    """What kind of disk it is, in the words of the fleet file, by how it is attached. An SD card and eMMC say it of themselves."""
    name, transport = disk.get("name") or "", disk.get("tran")
    if transport == "nvme" or name.startswith("nvme"):
        return "nvme"
    if transport == "usb":
        return "usb-ssd"
    if name.startswith("mmcblk"):
        return {"SD": "microsd", "MMC": "emmc"}.get(machine.text("/sys/block/%s/device/type" % name), "microsd")
    return transport or "other"


def flat(devices):
    for device in devices:
        yield device
        for child in flat(device.get("children") or []):
            yield child


def disks_of(machine):
    """Every disk with its partitions; nothing where the machine has no lsblk."""
    printed = machine.run(["lsblk", "--json", "--bytes", "--output", COLUMNS])
    try:
        devices = json.loads(printed)["blockdevices"] if printed else []
    except (ValueError, KeyError):
        devices = []
    found = []
    for disk in devices:
        if disk.get("type") != "disk" or not disk.get("size") or (disk.get("name") or "").startswith(("zram", "ram")):
            continue
        parts = [
            {"path": part.get("path"), "bytes": int(part["size"]), "label": part.get("label"), "type": part.get("fstype"), "mounted": part.get("mountpoint")}
            for part in flat([disk])
            if part.get("fstype")
        ]
        found.append(
            {
                "path": disk.get("path"),
                "bytes": int(disk["size"]),
                "medium": medium_of(machine, disk),
                "model": (disk.get("model") or "").strip() or None,
                "file_systems": parts,
            }
        )
    return found


def labelled(machine, disks, label):
    """Size of the file system with a label, or None. The link is udev's; lsblk also sees what udev has not been told of."""
    for disk in disks:
        for part in disk["file_systems"]:
            if part["label"] == label:
                return part["bytes"]
    link = "/dev/disk/by-label/" + label
    if not machine.exists(link):
        return None
    name = os.path.basename(os.path.realpath(machine.place(link)))
    sectors = machine.text("/sys/class/block/%s/size" % name)
    # The kernel counts in sectors of 512 bytes, whatever the disk's are.
    return int(sectors) * 512 if sectors else None


def space_of(machine, path):
    """Bytes of the file system that holds a path, and those free on it. The path need not be there yet."""
    while path != "/" and not machine.exists(path):
        path = os.path.dirname(path)
    state = os.statvfs(machine.place(path))
    return state.f_blocks * state.f_frsize, state.f_bavail * state.f_frsize
