#!/usr/bin/python
"""Adds options to a mount of the system, in /etc/fstab and where it is mounted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mount_options
short_description: Add options to a mount
description:
  - Adds options to the line of a mount in C(/etc/fstab), and remounts it where the kernel has not got them yet. Everything else in the file stays as it is.
options:
  path:
    description: Where it is mounted.
    type: path
    required: true
  options:
    description: The options.
    type: list
    elements: str
    required: true
  fstab:
    description: The table of mounts.
    type: path
    default: /etc/fstab
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Do not write the time of each read
  fogline.edge.mount_options:
    path: /
    options: [noatime]
"""

RETURN = r"""
listed:
  description: Whether the table has the mount at all; where not, nothing was changed.
  returned: always
  type: bool
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fogline.edge.plugins.module_utils.files import text_of, write_whole
from ansible_collections.fogline.edge.plugins.module_utils.mounts import mounted_options, with_options


def main():
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "options": {"type": "list", "elements": "str", "required": True},
            "fstab": {"type": "path", "default": "/etc/fstab"},
        },
        supports_check_mode=True,
    )
    path, options, fstab = module.params["path"], module.params["options"], module.params["fstab"]
    before = text_of(fstab) or ""
    after = with_options(before, path, options)
    if after is None:
        # Whoever mounts it, an initial RAM disk or a unit, does not read the table.
        module.exit_json(changed=False, listed=False)
    with open("/proc/self/mounts", encoding="utf-8") as file:
        there = mounted_options(file.read(), path)
    lacking = [option for option in options if option not in there]
    if after != before and not module.check_mode:
        write_whole(fstab, after, 0o644)
    if lacking and not module.check_mode:
        module.run_command(["mount", "-o", "remount," + ",".join(options), path], check_rc=True)
    module.exit_json(
        changed=after != before or bool(lacking),
        listed=True,
        diff={"before_header": fstab, "after_header": fstab, "before": before, "after": after},
    )


if __name__ == "__main__":
    main()
