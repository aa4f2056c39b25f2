"""
What the preflight asks, question by question. Each function gets a `Question` and gives None where the machine is right, else a `Problem`: the
code, what is, and what to do. Why it matters stands in preflight.yaml.
"""

from __future__ import annotations

import time

from ansible_collections.fogline.edge.plugins.module_utils import disks, kernel, nvpmodel
from ansible_collections.fogline.edge.plugins.module_utils.board_facts import IDENTITY, NVPMODEL_CONF, version_in
from ansible_collections.fogline.edge.plugins.module_utils.board_identity import BOARDS, is_board

# Ubuntu from 21.10 to 23.10 keeps modules such as vxlan in a package of their own. Source: K3s documentation, "Raspberry Pi".
UBUNTU_EXTRA_MODULES = ("21.10", "22.04", "22.10", "23.04", "23.10")
# Compressed, ext4 and partition tables take their share of the size that is printed on a disk.
DISK_SHOWN_FRACTION = 0.9


class Problem:
    def __init__(self, code, what, fix):
        self.code = code
        self.what = what
        self.fix = fix


class Question:
    """`asks` is a row of preflight.yaml; `others` are what the controller knows: its clock, and a disk that is to become the data disk."""

    def __init__(self, machine, facts, asks, others):
        self.machine = machine
        self.facts = facts
        self.asks = asks
        self.others = others


def size(number):
    """Bytes for people: 7.6 GiB."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if number >= unit:
            return ("%.1f" % (number / unit)).rstrip("0").rstrip(".") + " " + name
    return "%d B" % number


def named(board):
    told = board["model"] or board["maker"] or "a machine without a name"
    return "%s (%s)" % (told, ", ".join(board["compatible"])) if board["compatible"] else told


def board(question):
    found, wanted = question.facts["board"], question.asks["is"]
    if wanted not in BOARDS:
        return Problem("FL4119", "the collection has no board %s" % wanted, "use the collection of the commit that rendered the files")
    if is_board(found, wanted):
        sold, named_size = found["sold_memory_bytes"], BOARDS[wanted]["memory_bytes"]
        if sold is None or sold == named_size:
            return None
        return Problem(
            "FL4113",
            "it is %s with %s of memory, the fleet says %s, which has %s" % (named(found), size(sold), wanted, size(named_size)),
            "state `hardware: %s` in the fleet file and render" % found["name"] if found["name"] else "put the right board into the slot",
        )
    if not found["model_known"]:
        return Problem("FL4111", "it is %s, a board that Fogline does not know; the fleet says %s" % (named(found), wanted), "look what answers at this address")
    return Problem(
        "FL4113",
        "it is %s, the fleet says %s" % (named(found), wanted),
        "put the right board into the slot, or state %s in the fleet file and render" % ("`hardware: %s`" % found["name"] if found["name"] else "its hardware"),
    )


def architecture(question):
    found, wanted = question.facts["kernel"]["architecture"], question.asks["is"]
    if found == wanted:
        return None
    return Problem("FL4114", "its kernel is of %s, not %s" % (found, wanted), "flash an image of %s" % wanted)


def userland(question):
    found, wanted = question.facts["userland"], question.asks["is"]
    if found == wanted:
        return None
    running = question.facts["kernel"]["architecture"]
    trap = ", although its kernel is of %s" % running if running == wanted else ""
    return Problem("FL4114", "its programs are of %s, not %s%s" % (found or "no architecture that can be read", wanted, trap), "flash the 64-bit image: a 64-bit kernel alone is not enough")


def possible_cpu_cores(question):
    found, least = question.facts["possible_cores"], question.asks["least"]
    if found >= least:
        return None
    return Problem("FL4113", "it has %d cores, not %d" % (found, least), "correct `hardware` in the fleet file, or take `maxcpus` or `nr_cpus` out of the kernel's command line")


def memory(question):
    found, least = question.facts["memory"]["bytes"], question.asks["leastBytes"]
    if found >= least:
        return None
    sold = question.facts["board"]["sold_memory_bytes"]
    hidden = sold is not None and sold >= least
    return Problem(
        "FL4113",
        "its kernel has %s of memory, at least %s are expected" % (size(found), size(least)),
        "take `total_mem` out of config.txt and `mem=` out of the kernel's command line" if hidden else "correct `hardware` in the fleet file and render",
    )


def page_size(question):
    found, wanted = question.facts["page_bytes"], question.asks["bytes"]
    if found == wanted:
        return None
    folder = question.facts["boot_folder"] or "/boot/firmware"
    return Problem("FL4115", "its pages have %s, not %s" % (size(found), size(wanted)), "`kernel=kernel8.img` in %s/config.txt, where the image has that kernel, and reboot" % folder)


def cgroup_controller(question):
    cgroups, name = question.facts["cgroups"], question.asks["name"]
    if name in cgroups["controllers"]:
        return None
    folder = question.facts["boot_folder"]
    where = "/sys/fs/cgroup/cgroup.controllers" if cgroups["version"] == 2 else "/proc/cgroups"
    fix = (
        "`cgroup_memory=1 cgroup_enable=memory` in the one line of %s/cmdline.txt, and reboot" % folder
        if folder
        else "take `cgroup_disable=%s` out of the kernel's command line, and reboot" % name
    )
    return Problem("FL4112", "its kernel has no controller for %s: %s lists %s" % (name, where, " ".join(cgroups["controllers"]) or "none"), fix)


def kernel_module(question):
    name, system = question.asks["name"], question.facts["system"]
    state = kernel.module_state(question.machine, name)
    if state in ("loaded", "built-in", "loadable"):
        return None
    release = question.facts["kernel"]["release"]
    if state == "unknown":
        return Problem("FL4112", "the modules of its running kernel %s are not there, so nobody knows whether it has %s" % (release, name), "reboot: after an upgrade the old kernel runs on without them")
    fix = "install an image or kernel that has it"
    if "raspi" in release and system["version"] in UBUNTU_EXTRA_MODULES:
        fix = "apt-get install linux-modules-extra-raspi, and reboot"
    elif "tegra" in release:
        fix = "flash a newer Jetson Linux, or build the module as its developer guide says under Kernel Customization"
    return Problem("FL4112", "its kernel %s has no module %s" % (release, name), fix)


def file(question):
    paths = [question.asks["path"]] + ([question.asks["or"]] if question.asks.get("or") else [])
    if any(question.machine.exists(path) for path in paths):
        return None
    return Problem("FL4119", "it has no %s" % " and no ".join(paths), "flash the image of the board's maker again")


def at_least(found, least):
    return [int(part) for part in found.split(".")] >= [int(part) for part in least.split(".")]


def program(question):
    name, least, package = question.asks["name"], question.asks["least"], question.asks.get("package")
    found = version_in(question.machine.run([name, "--version"]))
    if found is not None and at_least(found, least):
        return None
    # Before anything is changed it is enough that the machine could get it; afterwards it must be there.
    if package:
        offered = offered_version(question.machine.run(["apt-cache", "policy", package]))
        if offered is not None and at_least(offered, least):
            return None
    told = "it has no %s" % name if found is None else "its %s is version %s" % (name, found)
    return Problem("FL4119", "%s, at least %s is needed" % (told, least), "`apt-get update`, and the package source of the board's maker, so that %s can be installed" % (package or name))


def offered_version(printed):
    """The version that apt would install, from what `apt-cache policy` prints."""
    for line in (printed or "").splitlines():
        if line.strip().startswith("Candidate:"):
            return version_in(line)
    return None


def power_mode(question):
    text = question.machine.text(NVPMODEL_CONF)
    if text is None:
        return Problem("FL4119", "it has no %s" % NVPMODEL_CONF, "flash the image of the board's maker again")
    try:
        nvpmodel.choose_mode(nvpmodel.parse_modes(text)["modes"], question.asks["watts"], question.asks.get("uncappedFromWatts"))
    except ValueError as reason:
        return Problem("FL4119", "no power mode can be taken from %s: %s" % (NVPMODEL_CONF, reason), "state other watts as `power` in the fleet file and render")
    return None


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


PROBES = {
    "board": board,
    "architecture": architecture,
    "userland": userland,
    "possible-cpu-cores": possible_cpu_cores,
    "memory": memory,
    "page-size": page_size,
    "cgroup-controller": cgroup_controller,
    "kernel-module": kernel_module,
    "file": file,
    "program": program,
    "power-mode": power_mode,
    "file-system-label": file_system_label,
    "disk": disk,
    "membership": membership,
    "clock": clock,
    "clock-synchronised": clock_synchronised,
    "default-route": default_route,
}


def ask(machine, facts, probes, when, others):
    """
    The answers to all probes of a moment (`first` or `after-boot`): [{"probe", "severity", "ok", "code", "message"}]. A probe that is not known here is
    a problem, never skipped: the files were rendered by a newer version.
    """
    answers = []
    for asks in probes:
        if asks["when"] != when:
            continue
        probe = PROBES.get(asks["probe"])
        problem = (
            probe(Question(machine, facts, asks, others))
            if probe
            else Problem("FL4119", "the collection does not know how to ask for %s" % asks["probe"], "use the collection of the commit that rendered the files")
        )
        answer = {"probe": asks["probe"], "severity": asks["severity"], "ok": problem is None}
        if problem is not None:
            answer["code"] = problem.code
            answer["message"] = "%s: %s; %s. fix: %s" % (problem.code, problem.what, asks["why"], problem.fix)
        answers.append(answer)
    return answers
