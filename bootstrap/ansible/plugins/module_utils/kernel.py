"""What a kernel is, and which modules it has or could load."""

from __future__ import annotations

import gzip
import os
import re

# What the kernel's own names for architectures are to package sources and images.
ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "amd64", "armv7l": "armhf", "armv6l": "armhf", "armv8l": "armhf", "i686": "i386"}

# The machine of an ELF header, by its class: 64-bit is the second. Source: elf.h.
ELF_MACHINES = {(183, 2): "arm64", (62, 2): "amd64", (40, 1): "armhf", (3, 1): "i386", (62, 1): "amd64"}

# The settings that compile a module in, for kernels that come without a list of their modules.
MODULE_SETTINGS = {
    "wireguard": "CONFIG_WIREGUARD",
    "br_netfilter": "CONFIG_BRIDGE_NETFILTER",
    "overlay": "CONFIG_OVERLAY_FS",
    "xt_comment": "CONFIG_NETFILTER_XT_MATCH_COMMENT",
    "ip_set": "CONFIG_IP_SET",
    "vxlan": "CONFIG_VXLAN",
}


def release_of(machine):
    return machine.text("/proc/sys/kernel/osrelease") or os.uname().release


def architecture_of(machine):
    """The kernel's architecture as packages name it. Kernels before 6.1 say it by `uname` alone."""
    name = machine.text("/proc/sys/kernel/arch") or os.uname().machine
    return ARCHITECTURES.get(name, name)


def userland_of(machine):
    """
    The architecture of the programs, by the header of one: a 64-bit kernel also runs a system of 32 bits. `getconf` comes with the C library, so it is
    of whichever architecture that is.
    """
    for path in ("/usr/bin/getconf", "/bin/sh"):
        header = machine.data(path)
        if header is not None and header[:4] == b"\x7fELF" and len(header) >= 20:
            order = "little" if header[5] == 1 else "big"
            number = int.from_bytes(header[18:20], order)
            return ELF_MACHINES.get((number, header[4]), "ELF machine %d" % number)
    return None


def page_bytes_of(machine):
    for line in machine.lines("/proc/self/smaps"):
        found = re.match(r"KernelPageSize:\s+(\d+) kB", line)
        if found:
            return int(found.group(1)) * 1024
    return os.sysconf("SC_PAGE_SIZE")


def possible_cores_of(machine):
    """Cores that the kernel could run, from lists such as 0-3,6."""
    count = 0
    for part in (machine.text("/sys/devices/system/cpu/possible") or "").split(","):
        first, _, last = part.partition("-")
        if first.isdigit():
            count += int(last or first) - int(first) + 1
    return count


def controllers_of(machine):
    """The controllers of cgroups that the kernel offers: those of version 2, or those of version 1 that are enabled."""
    unified = machine.text("/sys/fs/cgroup/cgroup.controllers")
    if unified is not None:
        return {"version": 2, "controllers": unified.split()}
    rows = [line.split() for line in machine.lines("/proc/cgroups") if not line.startswith("#")]
    return {"version": 1, "controllers": [row[0] for row in rows if len(row) == 4 and row[3] == "1"]}


def module_names(lines):
    """The names of modules in the files that list them: paths, of which those of modules.dep end in a colon."""
    names = set()
    for line in lines:
        name = os.path.basename(line.split(":", 1)[0].strip())
        if ".ko" in name:
            names.add(name[: name.index(".ko")].replace("-", "_"))
    return names


def module_state(machine, name):
    """`loaded`, `built-in`, `loadable` or `absent`; `unknown` where the running kernel's list of modules is gone, as after an upgrade before the boot."""
    if machine.exists("/sys/module/" + name):
        return "loaded"
    folder = "/lib/modules/" + release_of(machine)
    if name in module_names(machine.lines(folder + "/modules.builtin")):
        return "built-in"
    if name in module_names(machine.lines(folder + "/modules.dep")):
        return "loadable"
    if machine.exists(folder + "/modules.dep"):
        return "absent"
    return "built-in" if compiled_in(machine, name) else "unknown"


def compiled_in(machine, name):
    """Whether a kernel that comes without a list of its modules has one compiled in, by the settings that it was built with."""
    settings = machine.data("/proc/config.gz")
    if settings is None or name not in MODULE_SETTINGS:
        return False
    try:
        return (MODULE_SETTINGS[name] + "=y") in gzip.decompress(settings).decode("utf-8", "replace").splitlines()
    except (OSError, EOFError):
        return False
