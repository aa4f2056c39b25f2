#!/usr/bin/python
"""Takes K3s off a machine, as its makers' k3s-killall and k3s-uninstall do, and as often as it is asked."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_removal
short_description: Take K3s off a machine
description:
  - Ends K3s and its containers, unmounts what they used, takes away its interfaces and its rules of the firewall, and its files. Rules of others stay.
options:
  keep_data:
    description: Whether the data of the cluster, its images and its volumes stay, so that K3s can be installed again over them.
    type: bool
    default: true
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Take K3s off
  fogline.edge.k3s_removal:
    keep_data: true
"""

RETURN = r"""
did:
  description: What was done.
  returned: always
  type: list
"""

import glob
import os
import shutil
import signal
import time

from ansible.module_utils.basic import AnsibleModule

UNITS = ("fogline-k3s-certificates.timer", "k3s.service", "k3s-agent.service")
MOUNTS = ("/run/k3s", "/var/lib/rancher/k3s", "/var/lib/kubelet/pods", "/var/lib/kubelet/plugins", "/run/netns/cni-")
INTERFACES = ("cni0", "flannel.1", "flannel-v6.1", "kube-ipvs0", "flannel-wg", "flannel-wg-v6")
LINKS = ("kubectl", "crictl", "ctr")
FILES = (
    "/etc/systemd/system/k3s.service", "/etc/systemd/system/k3s-agent.service", "/etc/systemd/system/k3s.service.env", "/etc/systemd/system/k3s-agent.service.env",
    "/etc/systemd/system/fogline-k3s-certificates.service", "/etc/systemd/system/fogline-k3s-certificates.timer", "/usr/local/lib/fogline/k3s-certificates",
    "/usr/local/bin/k3s", "/usr/local/bin/k3s-killall.sh", "/usr/local/bin/k3s-uninstall.sh", "/usr/local/bin/k3s-agent-uninstall.sh",
    "/etc/fogline/k3s.yaml", "/etc/fogline/pending/restart-k3s", "/etc/fogline/pending/rotate-k3s-token",
)
FOLDERS = ("/run/k3s", "/run/flannel", "/var/lib/cni", "/var/lib/fogline-k3s")
DATA = ("/etc/rancher/k3s", "/etc/rancher/node", "/var/lib/rancher/k3s", "/var/lib/kubelet")
# Rules of K3s, its network plugin and its policies; everything else in the tables is somebody else's.
OURS = ("KUBE-", "CNI-", "FLANNEL", "flannel", "cali-")


def mounts():
    with open("/proc/self/mounts", encoding="utf-8") as file:
        paths = [line.split()[1].replace("\\040", " ") for line in file]
    return sorted((path for path in paths if any(path == one or path.startswith(one if one.endswith("-") else one + "/") for one in MOUNTS)), reverse=True)


def parents():
    found = {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
            found[int(path.split("/")[2])] = int(text.rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError, ValueError):
            continue
    return found


def processes():
    """Shims of K3s' containers with everything below them, and K3s itself where it was started by hand."""
    roots = set()
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                words = file.read().decode(errors="replace").replace("\0", " ")
        except OSError:
            continue
        shim = "containerd-shim" in words and "/run/k3s/" in words
        if shim or words.startswith(("/usr/local/bin/k3s server", "/usr/local/bin/k3s agent")):
            roots.add(int(path.split("/")[2]))
    tree, found = parents(), set(roots)
    while True:
        more = {child for child, parent in tree.items() if parent in found} - found
        if not more:
            return found - {os.getpid()}
        found |= more


def without_ours(saved):
    """The rules of a firewall without those of K3s. Pure."""
    return "".join(line + "\n" for line in saved.splitlines() if not any(mark in line for mark in OURS))


def main():
    module = AnsibleModule(argument_spec={"keep_data": {"type": "bool", "default": True}}, supports_check_mode=True)
    did, real = [], not module.check_mode

    def run(command, data=None):
        return module.run_command(command, data=data)

    for unit in UNITS:
        if os.path.exists("/etc/systemd/system/" + unit):
            did.append("stop " + unit)
            if real:
                run(["systemctl", "disable", "--now", unit])
    if processes():
        did.append("end containers")
        end = time.monotonic() + 30
        while real and processes() and time.monotonic() < end:
            for pid in processes():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.2)
    for path in mounts():
        did.append("unmount " + path)
        if real:
            run(["umount", "--force", "--lazy", path])
    remove_network(module, run, did, real)
    remove_files(module, did, real)
    if did and real:
        run(["systemctl", "daemon-reload"])
        run(["systemctl", "reset-failed"])
    module.exit_json(changed=bool(did), did=did)


def remove_network(module, run, did, real):
    for name in INTERFACES:
        if os.path.exists("/sys/class/net/" + name):
            did.append("remove interface " + name)
            if real:
                run(["ip", "link", "delete", name])
    for family in ("iptables", "ip6tables"):
        if module.get_bin_path(family + "-save") is None:
            continue
        _, saved, _ = run([family + "-save"])
        kept = without_ours(saved)
        if kept.strip() != saved.strip():
            did.append("remove rules of " + family)
            if real:
                run([family + "-restore"], kept)


def remove_files(module, did, real):
    folders = FOLDERS if module.params["keep_data"] else FOLDERS + DATA
    links = [path for path in ("/usr/local/bin/" + name for name in LINKS) if os.path.islink(path) and os.readlink(path).endswith("k3s")]
    for path in list(FILES) + links:
        if os.path.lexists(path):
            did.append("remove " + path)
            if real:
                os.unlink(path)
    for path in folders:
        # A folder that is a mount of the data disk stays, and is emptied.
        inside = [os.path.join(path, name) for name in os.listdir(path)] if os.path.isdir(path) else []
        if os.path.isdir(path) and (inside or not os.path.ismount(path)):
            did.append("remove " + path)
            for one in inside if real else []:
                shutil.rmtree(one, ignore_errors=True) if os.path.isdir(one) and not os.path.islink(one) else os.unlink(one)
            if real and not os.path.ismount(path):
                os.rmdir(path)


if __name__ == "__main__":
    main()
