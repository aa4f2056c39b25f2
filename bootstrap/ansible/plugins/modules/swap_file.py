#!/usr/bin/python
"""Makes a swap file of a size, whole or not at all."""

from __future__ import annotations

DOCUMENTATION = r"""
module: swap_file
short_description: Make a swap file
description:
  - Makes a file of O(bytes) that the kernel takes as swap. One of another size is switched off and replaced.
options:
  path:
    description: Where it lies.
    type: path
    required: true
  bytes:
    description: Its size.
    type: int
    required: true
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Make the swap file
  fogline.edge.swap_file:
    path: /data/swapfile
    bytes: 2147483648
"""

RETURN = r"""
path:
  description: Where it lies.
  returned: always
  type: str
"""

import os

from ansible.module_utils.basic import AnsibleModule


def is_swap(module, path, size):
    if not os.path.isfile(path) or os.stat(path).st_size != size or os.stat(path).st_mode & 0o777 != 0o600:
        return False
    code, text, _ = module.run_command(["blkid", "--cache-file", "/dev/null", "--probe", "--match-tag", "TYPE", "--output", "value", path])
    return code == 0 and text.strip() == "swap"


def main():
    module = AnsibleModule(argument_spec={"path": {"type": "path", "required": True}, "bytes": {"type": "int", "required": True}}, supports_check_mode=True)
    path, size = module.params["path"], module.params["bytes"]
    if is_swap(module, path, size):
        module.exit_json(changed=False, path=path)
    if module.check_mode:
        module.exit_json(changed=True, path=path)
    beside = path + ".new"
    if os.path.exists(beside):
        os.unlink(beside)
    os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    os.chmod(beside, 0o600)
    # Without holes, which the kernel refuses.
    code, _, error = module.run_command(["fallocate", "--length", str(size), beside])
    if code != 0:
        os.unlink(beside)
        module.fail_json(msg="FL4174: no swap file of %d bytes can be made at %s: %s. fix: state a smaller `host.swap`" % (size, path, error.strip()))
    module.run_command(["mkswap", beside], check_rc=True)
    if os.path.exists(path):
        module.run_command(["swapoff", path])
    os.replace(beside, path)
    module.exit_json(changed=True, path=path)


if __name__ == "__main__":
    main()
