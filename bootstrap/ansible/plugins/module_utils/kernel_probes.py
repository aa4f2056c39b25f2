"""Questions about the kernel that runs: pages, cgroups, modules."""

from __future__ import annotations

from ansible_collections.fogline.edge.plugins.module_utils import kernel
from ansible_collections.fogline.edge.plugins.module_utils.question import Problem, size

# Ubuntu from 21.10 to 23.10 keeps modules such as vxlan in a package of their own. Source: K3s documentation, "Raspberry Pi".
UBUNTU_EXTRA_MODULES = ("21.10", "22.04", "22.10", "23.04", "23.10")


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
