#!/usr/bin/python
"""Makes the machine's private key of the mesh, which never leaves it, and tells the public one."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mesh_key
short_description: Make a key of the mesh
description:
  - Makes a private key where there is none. With O(rotate) it makes a second one beside it, which O(known) decides about.
  - Once the fleet, in the settings that C(fogline render) wrote, knows the machine by the second key, that becomes the only one.
options:
  folder:
    description: Where keys are kept.
    type: path
    default: /etc/wireguard
  known:
    description: The public key by which the fleet knows the machine; empty when it knows none.
    type: str
    default: ""
  rotate:
    description: Whether a second key is made.
    type: bool
    default: false
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Make the key of the mesh
  fogline.edge.mesh_key:
"""

RETURN = r"""
public_key:
  description: The public key that the fleet shall know the machine by.
  returned: always
  type: str
switched:
  description: Whether the second key took the place of the first.
  returned: always
  type: bool
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fogline.edge.plugins.module_utils.files import write_whole


def make_key(module, path):
    code, text, error = module.run_command(["wg", "genkey"])
    if code != 0:
        module.fail_json(msg="FL4177: no key of the mesh can be made: %s. fix: see whether wireguard-tools is installed" % error.strip())
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    write_whole(path, text, 0o600)


def public_key(module, path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="ascii") as file:
        code, text, error = module.run_command(["wg", "pubkey"], data=file.read())
    if code != 0:
        module.fail_json(msg="FL4177: %s is no key of WireGuard: %s. fix: remove it, and a new one is made" % (path, error.strip()))
    return text.strip()


def main():
    module = AnsibleModule(
        argument_spec={
            "folder": {"type": "path", "default": "/etc/wireguard"},
            "known": {"type": "str", "default": "", "no_log": False},
            "rotate": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    path = os.path.join(module.params["folder"], "fogline.key")
    following = path + ".next"
    changed = switched = False
    if not os.path.exists(path):
        if module.check_mode:
            module.exit_json(changed=True, public_key="", switched=False)
        make_key(module, path)
        changed = True
    # Made once for each rotation: a run that was ended asks for the same again.
    if module.params["rotate"] and not os.path.exists(following):
        if module.check_mode:
            module.exit_json(changed=True, public_key="", switched=False)
        make_key(module, following)
        changed = True
    if os.path.exists(following) and public_key(module, following) == module.params["known"] and not module.params["rotate"]:
        switched = changed = True
        if not module.check_mode:
            os.replace(following, path)
    waiting = public_key(module, following)
    module.exit_json(changed=changed, public_key=waiting or public_key(module, path), switched=switched)


if __name__ == "__main__":
    main()
