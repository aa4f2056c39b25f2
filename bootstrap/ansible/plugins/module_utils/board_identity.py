"""Which board a machine is, and how much memory it was sold with."""

from __future__ import annotations

import re

from ansible_collections.fogline.edge.plugins.module_utils.boards import BOARDS

TREE = "/sys/firmware/devicetree/base"
MEBIBYTE = 1024 * 1024

# The memory of a Raspberry Pi by bits 20 to 22 of its revision code, and the bit that says that a code has such bits. Source: "Raspberry Pi revision
# codes", documentation of Raspberry Pi.
PI_MEMORY_BYTES = tuple(megabytes * MEBIBYTE for megabytes in (256, 512, 1024, 2048, 4096, 8192, 16384))
PI_NEW_STYLE = 1 << 23


def revision_of(machine):
    """The revision code of a Raspberry Pi, or None. The device tree has it as a number, the kernel of older images in cpuinfo alone."""
    number = machine.data(TREE + "/system/linux,revision")
    if number is not None and len(number) == 4:
        return int.from_bytes(number, "big")
    for line in machine.lines("/proc/cpuinfo"):
        found = re.match(r"Revision\s*:\s*([0-9a-fA-F]+)$", line.strip())
        if found:
            return int(found.group(1), 16)
    return None


def pi_memory_bytes(revision):
    """The memory that a Raspberry Pi was sold with, or None where its code does not say."""
    if revision is None or not revision & PI_NEW_STYLE:
        return None
    size = revision >> 20 & 7
    return PI_MEMORY_BYTES[size] if size < len(PI_MEMORY_BYTES) else None


def says(compatible, wanted):
    """
    Whether one of a device tree's strings names a board. A Jetson's names carrier and module joined by a plus sign, and ends in -super where the
    module runs with the higher clocks of JetPack 6.2.
    """
    bare = wanted.split(",", 1)[1]
    for one in compatible:
        name = one[: -len("-super")] if one.endswith("-super") else one
        if name == wanted or name.endswith("+" + bare):
            return True
    return False


def identity_of(machine):
    """What the machine says it is. `name` is its name in the fleet file, or None; `model_known` tells a board of a known model from a foreign one."""
    compatible = [part.decode("utf-8", "replace") for part in (machine.data(TREE + "/compatible") or b"").split(b"\0") if part]
    revision = revision_of(machine) if any(one.startswith("raspberrypi,") for one in compatible) else None
    sold = pi_memory_bytes(revision)
    model = [name for name in BOARDS if any(says(compatible, wanted) for wanted in BOARDS[name]["compatible"])]
    fits = [name for name in model if sold is None or BOARDS[name]["memory_bytes"] == sold]
    if sold is None and len(fits) == 1:
        sold = BOARDS[fits[0]]["memory_bytes"]
    serial = machine.text(TREE + "/serial-number") or machine.text("/sys/class/dmi/id/product_serial")
    return {
        "name": fits[0] if len(fits) == 1 else None,
        "model_known": bool(model),
        "model": machine.text(TREE + "/model") or machine.text("/sys/class/dmi/id/product_name"),
        "maker": machine.text("/sys/class/dmi/id/sys_vendor"),
        "compatible": compatible,
        "serial": serial,
        "revision": None if revision is None else format(revision, "x"),
        "sold_memory_bytes": sold,
    }


def is_board(identity, wanted):
    """Whether it is a board of the model that the fleet file names, whatever its memory."""
    return any(says(identity["compatible"], one) for one in BOARDS[wanted]["compatible"])
