#!/usr/bin/python
"""Brings the mesh up, and changes peers without interrupting the others."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mesh_interface
short_description: Bring the mesh up
description:
  - Starts C(wg-quick@fogline) and keeps it in step with its file. Peers that stay are not interrupted; those that are no longer in the file are forgotten at once.
  - With C(state=absent) the interface, its file and its keys are removed.
options:
  name:
    description: Name of the interface.
    type: str
    default: fogline
  state:
    description: Whether there is a mesh.
    type: str
    choices: [present, absent]
    default: present
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Bring the mesh up
  fogline.edge.mesh_interface:
"""

RETURN = r"""
did:
  description: What was done.
  returned: always
  type: list
"""

import os
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fogline.edge.plugins.module_utils.files import PENDING_FOLDER
from ansible_collections.fogline.edge.plugins.module_utils.mesh import peers_of, shown_peers

FOLDER = "/etc/wireguard"
PENDING = PENDING_FOLDER + "/sync-mesh"


def is_up(module, name):
    return module.run_command(["wg", "show", name, "public-key"])[0] == 0


def in_step(module, name, conf, key):
    """Whether the kernel has the peers of the file and the key of the machine."""
    with open(conf, encoding="utf-8") as file:
        wanted = peers_of(file.read())
    with open(key, encoding="ascii") as file:
        _, own, _ = module.run_command(["wg", "pubkey"], data=file.read())
    _, listed, _ = module.run_command(["wg", "show", name, "allowed-ips"])
    _, shown, _ = module.run_command(["wg", "show", name, "public-key"])
    return shown_peers(listed) == wanted and shown.strip() == own.strip()


def sync(module, name, key):
    """Gives the kernel the file. The key goes along, because without it the kernel would forget the one that it has."""
    _, stripped, _ = module.run_command(["wg-quick", "strip", name], check_rc=True)
    with open(key, encoding="ascii") as file:
        private = file.read().strip()
    folder = "/run/fogline"
    os.makedirs(folder, exist_ok=True)
    handle, path = tempfile.mkstemp(prefix="mesh-", dir=folder)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(stripped.replace("[Interface]", "[Interface]\nPrivateKey = " + private, 1))
        module.run_command(["wg", "syncconf", name, path], check_rc=True)
    finally:
        os.unlink(path)


def present(module, name):
    conf, key = os.path.join(FOLDER, name + ".conf"), os.path.join(FOLDER, "fogline.key")
    unit = "wg-quick@%s.service" % name
    up, pending = is_up(module, name), os.path.exists(PENDING)
    enabled = module.run_command(["systemctl", "is-enabled", "--quiet", unit])[0] == 0
    did = []
    if not up or not enabled:
        did.append("start")
    elif pending or not in_step(module, name, conf, key):
        did.append("sync")
    if module.check_mode:
        return did
    if "start" in did:
        # A unit that is active while its interface is gone would not start again.
        code, _, error = module.run_command(["systemctl", "enable", "--now", unit] if up else ["sh", "-c", "systemctl enable %s && systemctl restart %s" % (unit, unit)])
        if code != 0:
            _, journal, _ = module.run_command(["journalctl", "--unit", unit, "--no-pager", "--lines=5", "--output=cat"])
            module.fail_json(msg="FL4177: the mesh does not start: %s %s. fix: see whether the kernel has WireGuard, or wireguard-go is installed" % (error.strip(), journal.strip()))
        if not in_step(module, name, conf, key):
            sync(module, name, key)
    if "sync" in did:
        sync(module, name, key)
    if pending:
        os.unlink(PENDING)
    return did


def absent(module, name):
    conf = os.path.join(FOLDER, name + ".conf")
    there = [path for path in (conf, os.path.join(FOLDER, "fogline.key"), os.path.join(FOLDER, "fogline.key.next")) if os.path.exists(path)]
    if there and not module.check_mode:
        module.run_command(["systemctl", "disable", "--now", "wg-quick@%s.service" % name])
        for path in there:
            os.unlink(path)
    return ["remove"] if there else []


def main():
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "default": "fogline"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    did = (present if module.params["state"] == "present" else absent)(module, module.params["name"])
    module.exit_json(changed=bool(did), did=did)


if __name__ == "__main__":
    main()
