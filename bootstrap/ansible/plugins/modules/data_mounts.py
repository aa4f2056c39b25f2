#!/usr/bin/python
"""Mounts the data disk and what lies on it, and hides nothing that was there before."""

from __future__ import annotations

DOCUMENTATION = r"""
module: data_mounts
short_description: Mount the data disk and what lies on it
description:
  - Starts and enables mount units in their order; the directories are made once the first one is mounted, so that they lie on the disk.
  - A unit that would cover a folder with something in it is refused, because a K3s that finds its folder empty begins an empty cluster.
options:
  units:
    description: Names of mount units; the first is the disk.
    type: list
    elements: str
    required: true
  directories:
    description: Directories on the disk.
    type: list
    elements: str
    default: []
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Mount the data disk
  fogline.edge.data_mounts:
    units: [data.mount, var-lib-rancher.mount]
    directories: [/data/rancher]
"""

RETURN = r"""
mounted:
  description: Units that were started.
  returned: always
  type: list
"""

import os

from ansible.module_utils.basic import AnsibleModule


def shown(module, unit):
    _, text, _ = module.run_command(["systemctl", "show", "--property=Where,What,ActiveState,UnitFileState", unit], check_rc=True)
    return dict(line.split("=", 1) for line in text.split("\n") if "=" in line)


def what_it_hides(where):
    return sorted(os.listdir(where)) if os.path.isdir(where) and not os.path.ismount(where) else []


def main():
    module = AnsibleModule(
        argument_spec={"units": {"type": "list", "elements": "str", "required": True}, "directories": {"type": "list", "elements": "str", "default": []}},
        supports_check_mode=True,
    )
    units = [(unit, shown(module, unit)) for unit in module.params["units"]]
    hidden = [(unit, state["Where"], what_it_hides(state["Where"])) for unit, state in units if state.get("Where")]
    problems = [
        "FL4173: %s would hide what is in %s (%s). fix: stop what uses it, move it to the data disk or away, then run again" % (unit, where, ", ".join(names[:3]))
        for unit, where, names in hidden
        if names
    ]
    if problems:
        module.fail_json(msg="\n".join(problems))
    mounted, made = [], []
    for index, (unit, state) in enumerate(units):
        if state["ActiveState"] != "active" or state["UnitFileState"] != "enabled":
            mounted.append(unit)
            if not module.check_mode:
                code, _, error = module.run_command(["systemctl", "enable", "--now", unit])
                if code != 0:
                    module.fail_json(msg="FL4174: %s cannot be mounted: %s. fix: `systemctl status %s` on the machine says why" % (state.get("Where"), error.strip(), unit))
        if index == 0:
            made = [path for path in module.params["directories"] if not os.path.isdir(path)]
            for path in made if not module.check_mode else []:
                os.makedirs(path, mode=0o755)
    module.exit_json(changed=bool(mounted or made), mounted=mounted)


if __name__ == "__main__":
    main()
