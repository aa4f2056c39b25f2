#!/usr/bin/python
"""Saves the state of a cluster on its server, before the server changes."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_backup
short_description: Save the state of a cluster
description:
  - Of SQLite a copy that is whole while K3s writes, of etcd a snapshot of K3s' own. A few are kept.
options:
  data_dir:
    description: Where K3s keeps its data.
    type: path
    default: /var/lib/rancher/k3s
  keep:
    description: How many copies stay.
    type: int
    default: 3
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Save the state of the cluster
  fogline.edge.k3s_backup:
"""

RETURN = r"""
file:
  description: The copy.
  returned: changed
  type: str
"""

import os
import sqlite3
import time

from ansible.module_utils.basic import AnsibleModule


def main():
    module = AnsibleModule(argument_spec={"data_dir": {"type": "path", "default": "/var/lib/rancher/k3s"}, "keep": {"type": "int", "default": 3}}, supports_check_mode=True)
    folder = os.path.join(module.params["data_dir"], "server/db")
    database, name = os.path.join(folder, "state.db"), "fogline-" + time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    if module.check_mode:
        module.exit_json(changed=True)
    if os.path.isdir(os.path.join(folder, "etcd/member")):
        code, _, error = module.run_command(["/usr/local/bin/k3s", "etcd-snapshot", "save", "--name=" + name])
        if code != 0:
            module.fail_json(msg="FL4129: the state of the cluster cannot be saved, so nothing was upgraded: %s. fix: `k3s etcd-snapshot save` on the server says why" % error.strip()[-300:])
        module.exit_json(changed=True, file=name)
    if not os.path.exists(database):
        module.fail_json(msg="FL4129: the server has neither SQLite nor etcd in %s, so nothing was upgraded. fix: save its external database yourself" % folder)
    place = os.path.join(folder, "fogline-backups")
    os.makedirs(place, mode=0o700, exist_ok=True)
    file = os.path.join(place, name + ".db")
    descriptor = os.open(file + ".part", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.close(descriptor)
    source, copy = sqlite3.connect("file:%s?mode=ro" % database, uri=True), sqlite3.connect(file + ".part")
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()
    os.replace(file + ".part", file)
    for old in sorted(one for one in os.listdir(place) if one.endswith(".db"))[: -module.params["keep"]]:
        os.unlink(os.path.join(place, old))
    module.exit_json(changed=True, file=file)


if __name__ == "__main__":
    main()
