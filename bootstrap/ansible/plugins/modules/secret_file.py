#!/usr/bin/python
"""Lays a file with a secret in it. What it says reaches the machine through the connection alone."""

from __future__ import annotations

DOCUMENTATION = r"""
module: secret_file
short_description: Lay a file with a secret in it
description:
  - ansible.builtin.copy writes what it copies to a file on this machine and to one in the home of who signs in there. A run that is ended leaves both.
    Here the secret is an argument of the module, which is sent through the connection and lies nowhere else.
  - The file is read and written by its owner alone, and is the old one or the new one whatever happens.
options:
  path:
    description: The file.
    type: path
    required: true
  content:
    description: Its text.
    type: str
    required: true
  owner:
    description: Whose it is, a name or a number.
    type: str
    required: true
  group:
    description: Its group, a name or a number.
    type: str
    required: true
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Lay the token
  fogline.edge.secret_file:
    path: /var/lib/fogline/enrolment.token
    content: "{{ fogline_enrolment_token }}\n"
    owner: fogline-agent
    group: fogline-agent
"""

RETURN = r""" # """

import grp
import os
import pwd
import stat

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fogline.edge.plugins.module_utils.files import text_of, write_whole

MODE = 0o600


def owner_of(module):
    """The numbers of user and group; None where this machine has one of them not, as before their first run in check mode."""
    owner, group = module.params["owner"], module.params["group"]
    try:
        return (
            int(owner) if owner.isdigit() else pwd.getpwnam(owner).pw_uid,
            int(group) if group.isdigit() else grp.getgrnam(group).gr_gid,
        )
    except KeyError as missing:
        if module.check_mode:
            return None
        module.fail_json(msg="the machine has not both of user %s and group %s: %s" % (owner, group, missing))


def is_right(path, content, owner):
    if text_of(path) != content:
        return False
    found = os.stat(path)
    return stat.S_IMODE(found.st_mode) == MODE and (found.st_uid, found.st_gid) == owner


def main():
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "content": {"required": True, "no_log": True},
            "owner": {"required": True},
            "group": {"required": True},
        },
        supports_check_mode=True,
    )
    path, content, owner = module.params["path"], module.params["content"], owner_of(module)
    right = is_right(path, content, owner)
    if not right and not module.check_mode:
        write_whole(path, content, MODE, owner)
    module.exit_json(changed=not right)


if __name__ == "__main__":
    main()
