#!/usr/bin/python
"""Reads which K3s a machine has, and changes nothing."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_survey
short_description: Read which K3s a machine has
description:
  - Reads binary, units, settings, datastore, authority and certificates. The action plugin of the same name compares them with what the fleet wants.
options:
  data_dir:
    description: Where K3s keeps its data, unless its settings say otherwise.
    type: path
    default: /var/lib/rancher/k3s
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Read which K3s is there
  fogline.edge.k3s_survey:
  register: k3s_found
"""

RETURN = r"""
role:
  description: server or agent, by the unit that is there; nothing without one.
  returned: always
  type: str
"""

import glob
import os
import subprocess

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fogline.edge.plugins.module_utils.files import digest_of
from ansible_collections.fogline.edge.plugins.module_utils.k3s_certificates import survey as certificates

BINARY = "/usr/local/bin/k3s"
UNITS = {"server": "k3s.service", "agent": "k3s-agent.service"}
MARK = "/etc/fogline/k3s.yaml"


def text_of(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return None


def version_told():
    if not os.access(BINARY, os.X_OK):
        return ""
    try:
        return subprocess.run([BINARY, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True, timeout=60, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def has_default_route():
    """K3s does not start without one, because it looks for its address there."""
    routes = (text_of("/proc/net/route") or "").splitlines()[1:]
    if any(line.split()[1:2] == ["00000000"] for line in routes):
        return True
    return any(line.startswith("0" * 32 + " 00 ") and not line.rstrip().endswith(" lo") for line in (text_of("/proc/net/ipv6_route") or "").splitlines())


def main():
    module = AnsibleModule(argument_spec={"data_dir": {"type": "path", "default": "/var/lib/rancher/k3s"}}, supports_check_mode=True)
    folder = module.params["data_dir"]
    units = {role: text_of("/etc/systemd/system/" + unit) for role, unit in UNITS.items()}
    role = next((role for role in ("server", "agent") if units[role] is not None), None)
    configs = ["/etc/rancher/k3s/config.yaml"] + sorted(glob.glob("/etc/rancher/k3s/config.yaml.d/*.yaml"))
    authority = os.path.join(folder, "server/tls/server-ca.crt" if role == "server" else "agent/server-ca.crt")
    ends = certificates(folder)
    module.exit_json(
        changed=False,
        role=role,
        unit=units[role] if role else None,
        environment=text_of("/etc/systemd/system/%s.env" % UNITS[role]) if role else None,
        configs=[{"path": path, "text": text} for path, text in ((path, text_of(path)) for path in configs) if text is not None],
        registries=text_of("/etc/rancher/k3s/registries.yaml"),
        version_told=version_told(),
        binary_sha256=digest_of(BINARY),
        has_data=os.path.exists(os.path.join(folder, "server/db" if role == "server" else "agent/client-kubelet.crt")),
        has_etcd=os.path.isdir(os.path.join(folder, "server/db/etcd/member")),
        encrypts='"aescbc"' in (text_of(os.path.join(folder, "server/cred/encryption-config.json")) or "")
        or '"secretbox"' in (text_of(os.path.join(folder, "server/cred/encryption-config.json")) or ""),
        authority=digest_of(authority),
        machine=os.uname().machine,
        mark=text_of(MARK),
        default_route=has_default_route(),
        certificates=ends,
        images={os.path.basename(path): digest_of(path) for path in glob.glob(os.path.join(folder, "agent/images/fogline-*"))},
    )


if __name__ == "__main__":
    main()
