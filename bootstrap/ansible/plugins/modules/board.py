#!/usr/bin/python
"""Asks a machine what it is, and whether it is what the fleet says. Changes nothing."""

from __future__ import annotations

DOCUMENTATION = r"""
module: board
short_description: Ask a machine what it is
description:
  - Reads board, memory, kernel, disks, clock and what the machine already belongs to, and answers the probes of the machine's C(preflight.yaml).
  - Reads only. It does not fail where a probe finds a problem, so that all of them can be shown together.
options:
  probes:
    description: Rows of C(preflight.yaml).
    type: list
    elements: dict
    default: []
  moment:
    description: Which of the probes are asked.
    choices: [first, after-boot]
    default: first
    type: str
  controller_seconds:
    description: What the controller's clock says, in seconds since 1970.
    type: float
  data_disk:
    description: A disk that is to become the data disk, which therefore has no file system yet.
    type: str
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Ask the machine what it is
  fogline.edge.board:
    probes: "{{ preflight.probes }}"
    controller_seconds: "{{ now(utc=true).timestamp() }}"
"""

RETURN = r"""
board:
  description: What the machine is.
  returned: always
  type: dict
answers:
  description: An answer to each probe.
  returned: always
  type: list
errors:
  description: Messages of the errors.
  returned: always
  type: list
advice:
  description: Messages of the warnings.
  returned: always
  type: list
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fogline.edge.plugins.module_utils.board_facts import facts_of
from ansible_collections.fogline.edge.plugins.module_utils.machine import Machine
from ansible_collections.fogline.edge.plugins.module_utils.probes import ask


def main():
    module = AnsibleModule(
        argument_spec={
            "probes": {"type": "list", "elements": "dict", "default": []},
            "moment": {"type": "str", "choices": ["first", "after-boot"], "default": "first"},
            "controller_seconds": {"type": "float"},
            "data_disk": {"type": "str"},
        },
        supports_check_mode=True,
    )
    machine = Machine()
    facts = facts_of(machine, time.time())
    others = {"controller_seconds": module.params["controller_seconds"], "data_disk": module.params["data_disk"]}
    answers = ask(machine, facts, module.params["probes"], module.params["moment"], others)

    def messages(severity):
        return [answer["message"] for answer in answers if answer["severity"] == severity and not answer["ok"]]

    module.exit_json(changed=False, board=facts, answers=answers, errors=messages("error"), advice=messages("warning"))


if __name__ == "__main__":
    main()
