#!/usr/bin/python
"""Has K3s run, and starts it again where something noted that it must."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_service
short_description: Have K3s run
description:
  - Enables and starts the unit. Where C(restart-k3s) is noted below O(pending_folder) it starts K3s again and removes the note once it runs, so that a
    run that was ended in between is completed by the next one. Containers go on running, because the unit kills its main process alone.
  - What it started has to go on for O(settle_seconds) without being started again. One that comes up and falls again does not come up.
options:
  unit:
    description: k3s.service or k3s-agent.service.
    type: str
    required: true
  pending_folder:
    description: Where is noted what has still to follow.
    type: path
    default: /etc/fogline/pending
  settle_seconds:
    description: How long it has to run after a start.
    type: int
    default: 10
  timeout_seconds:
    description: How long a start may take, with that.
    type: int
    default: 300
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Have K3s run
  fogline.edge.k3s_service:
    unit: k3s.service
"""

RETURN = r"""
did:
  description: What was done.
  returned: always
  type: list
"""

import os
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fogline.edge.plugins.module_utils.files import PENDING_FOLDER

LINES_SHOWN = 2


def shown(module, unit):
    names = "LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,NRestarts"
    _, text, _ = module.run_command(["systemctl", "show", unit, "--property=" + names])
    return dict(line.partition("=")[::2] for line in text.splitlines())


def journal(module, unit):
    _, text, _ = module.run_command(["journalctl", "--unit=" + unit, "--no-pager", "--output=cat", "--lines=400", "--since=-10min"])
    return text.splitlines()


def last_lines(module, unit):
    """What it ended with, in a journal of hundreds of lines that say nothing about it."""
    lines = journal(module, unit)
    fatal = [line for line in lines if "level=fatal" in line]
    return " | ".join((fatal or lines)[-LINES_SHOWN:])


def keeps_ending(module, unit):
    """Whether it ended three times for the same reason; a server that is busy may end an agent once or twice."""
    reasons = [line.split("level=fatal", 1)[1] for line in journal(module, unit) if "level=fatal" in line]
    return len(reasons) >= 3 and len(set(reasons[-3:])) == 1


def run(module, command):
    code, _, error = module.run_command(command)
    if code != 0:
        module.fail_json(msg="FL4124: %s failed: %s. fix: see the journal of the machine, then run again" % (" ".join(command), error.strip()))


def main():
    module = AnsibleModule(
        argument_spec={
            "unit": {"required": True},
            "pending_folder": {"type": "path", "default": PENDING_FOLDER},
            "settle_seconds": {"type": "int", "default": 10},
            "timeout_seconds": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    unit = module.params["unit"]
    note = os.path.join(module.params["pending_folder"], "restart-k3s")
    state, noted = shown(module, unit), os.path.exists(note)
    runs = state.get("ActiveState") == "active"
    did = [
        *(["reload systemd"] if state.get("NeedDaemonReload") == "yes" else []),
        *(["enable"] if state.get("UnitFileState") != "enabled" else []),
        *(["start"] if not runs else ["restart"] if noted else []),
    ]
    if module.check_mode or not (did or noted):
        module.exit_json(changed=bool(did or noted), did=did)
    if "reload systemd" in did:
        run(module, ["systemctl", "daemon-reload"])
    if "enable" in did:
        run(module, ["systemctl", "enable", unit])
    if "start" in did or "restart" in did:
        # A unit that failed too often waits for somebody.
        module.run_command(["systemctl", "reset-failed", unit])
        run(module, ["systemctl", "--no-block", "restart" if runs else "start", unit])
        wait(module, unit)
    if noted:
        os.unlink(note)
    module.exit_json(changed=True, did=did)


def wait(module, unit):
    """A server says by itself that it serves; an agent, that its kubelet runs. Either may still fall over what comes next."""
    end = time.monotonic() + module.params["timeout_seconds"]
    time.sleep(1)
    runs_since, restarts_then = None, None
    while True:
        state, now = shown(module, unit), time.monotonic()
        restarts = int(state.get("NRestarts") or 0)
        if state.get("ActiveState") != "active" or state.get("SubState") != "running":
            runs_since = None
        elif runs_since is None or restarts != restarts_then:
            runs_since, restarts_then = now, restarts
        elif now - runs_since >= module.params["settle_seconds"]:
            return
        # systemd starts it again every five seconds; three times the same end is no accident.
        ends = restarts >= 3 and keeps_ending(module, unit)
        if state.get("ActiveState") == "failed" or ends or now > end:
            how = "does not come up" if restarts == 0 else "does not stay up, and was started again %d times" % restarts
            module.fail_json(msg="FL4124: %s %s: %s. fix: `journalctl -u %s` on the machine says more" % (unit, how, last_lines(module, unit), unit))
        time.sleep(1)


if __name__ == "__main__":
    main()
