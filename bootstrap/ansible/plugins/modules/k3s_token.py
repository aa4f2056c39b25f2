#!/usr/bin/python
"""Keeps the token of a cluster in the file that only root reads."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_token
short_description: Keep the token of a cluster
description:
  - On the first server a token is made once. Where K3s has data, its own is the truth, and a file that was half written is written again from it.
  - Elsewhere the file gets the token that was read from the first server.
options:
  path:
    description: The file that K3s reads it from.
    type: path
    required: true
  token:
    description: The token of the first server; without it this machine is the first server.
    type: str
  data_dir:
    description: Where K3s keeps its data.
    type: path
    default: /var/lib/rancher/k3s
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Keep the token
  fogline.edge.k3s_token:
    path: /etc/rancher/k3s/token
"""

RETURN = r"""
made:
  description: Whether a token was made now.
  returned: always
  type: bool
"""

import os
import secrets
import stat

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fogline.edge.plugins.module_utils.files import note_pending, text_of, write_whole
from ansible_collections.fogline.edge.plugins.module_utils.k3s_token import is_whole, secret_of


def wanted_text(there, of_k3s, given):
    """The text that the file shall have, and whether a token was made for it. Pure but for the token."""
    if given is not None:
        return given.strip() + "\n", False
    if of_k3s is not None and secret_of(of_k3s):
        same = is_whole(there) and secret_of(there) == secret_of(of_k3s)
        return (there if same else secret_of(of_k3s) + "\n"), False
    if is_whole(there):
        return there, False
    return secrets.token_hex(32) + "\n", True


def main():
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "token": {"type": "str", "no_log": True},
            "data_dir": {"type": "path", "default": "/var/lib/rancher/k3s"},
        },
        supports_check_mode=True,
    )
    path, given = module.params["path"], module.params["token"]
    there = text_of(path)
    text, made = wanted_text(there, text_of(os.path.join(module.params["data_dir"], "server/token")), given)
    right = there == text and stat.S_IMODE(os.stat(path).st_mode) == 0o600
    if right or module.check_mode:
        module.exit_json(changed=not right, made=made)
    if there is not None and there != text and not made:
        note_pending("restart-k3s")
    write_whole(path, text, 0o600)
    module.exit_json(changed=True, made=made)


if __name__ == "__main__":
    main()
