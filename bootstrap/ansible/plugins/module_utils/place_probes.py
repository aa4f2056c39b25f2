"""Questions about what surrounds the system: disks, clock, network, and what the machine belongs to already."""

from __future__ import annotations

import time

from ansible_collections.fogline.edge.plugins.module_utils import disks
from ansible_collections.fogline.edge.plugins.module_utils.board_facts import IDENTITY
from ansible_collections.fogline.edge.plugins.module_utils.question import Problem, size

# Compressed, ext4 and partition tables take their share of the size that is printed on a disk.
DISK_SHOWN_FRACTION = 0.9


def file_system_label(question):
    label, least = question.asks["label"], question.asks.get("leastBytes", 0)
    found = disks.labelled(question.machine, question.facts["disks"], label)
    chosen = question.others.get("data_disk")
    if found is None and chosen:
        # The role storage makes the file system there, and only on a disk that is empty.
        if not question.machine.exists(chosen):
            return Problem("FL4117", "there is no disk %s" % chosen, "name one of: %s" % (", ".join(disk["path"] for disk in question.facts["disks"]) or "none is there"))
        return None
    if found is None:
        return Problem("FL4117", "no file system has the label %s" % label, "attach the disk, or name an empty one by `fogline_data_disk` (/dev/disk/by-id/...)")
    if found < least * DISK_SHOWN_FRACTION:
        return Problem("FL4117", "the file system %s has %s, at least %s are needed" % (label, size(found), size(least)), "attach a larger disk")
    return None


def disk(question):
    total, free = disks.space_of(question.machine, question.asks["path"])
    least, least_free = question.asks["leastBytes"], question.asks["leastFreeBytes"]
    if total < least * DISK_SHOWN_FRACTION:
        return Problem("FL4117", "the file system of %s has %s, at least %s are needed" % (question.asks["path"], size(total), size(least)), "use a larger medium, or grow the file system to the size of its own")
    if free < least_free:
        return Problem("FL4117", "%s are free in the file system of %s, at least %s are needed" % (size(free), question.asks["path"], size(least_free)), "make room")
    return None


def membership(question):
    """What provisioning noted when it was last done here. A machine without a note is nobody's yet."""
    found, asks = question.facts["membership"]["identity"], question.asks
    if found is None:
        return None
    undo = "see whether the address is right; to move the machine, decommission it where it is, then remove %s" % IDENTITY
    if (found.get("fleet"), found.get("device")) != (asks["fleet"], asks["device"]):
        return Problem("FL4116", "it is %s of the fleet %s, not %s of %s" % (found.get("device"), found.get("fleet"), asks["device"], asks["fleet"]), undo)
    if found.get("cluster") != asks.get("cluster") and question.facts["membership"]["k3s"]:
        there, here = found.get("cluster"), asks.get("cluster")
        told = "it is a node of the cluster %s" % there if there else "it runs K3s without a cluster of the fleet"
        return Problem("FL4116", "%s, and the fleet says %s" % (told, here or "that it belongs to none"), "uninstall K3s there, then remove %s" % IDENTITY)
    return None


def moment(seconds):
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


def clock(question):
    here = question.others.get("controller_seconds")
    there, within = question.facts["clock"]["seconds"], question.asks["withinSeconds"]
    if here is None or abs(there - here) <= within:
        return None
    return Problem(
        "FL4118",
        "its clock says %s, this machine's says %s" % (moment(there), moment(here)),
        "`timedatectl set-ntp true` where it reaches a time server, else `date --set`; a board without a battery begins in the past at every boot",
    )


def clock_synchronised(question):
    if question.facts["clock"]["synchronised"]:
        return None
    return Problem("FL4118", "its clock follows no time server", "`timedatectl set-ntp true`, and a time server that it reaches")


def default_route(question):
    if question.facts["default_route"]:
        return None
    return Problem("FL4119", "it has no default route", "name a gateway, or on a site without one add a route that leads to a dummy interface")
