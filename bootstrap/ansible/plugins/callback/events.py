"""Writes one JSON line for each result of a task into the file that FOGLINE_EVENTS names."""

from __future__ import annotations

DOCUMENTATION = """
name: events
type: aggregate
short_description: One JSON line a result
description:
  - Each line has C(host), C(role), C(task) and C(outcome) (ok, changed, skipped, failed, unreachable, ignored), and for a skip or failure why.
  - A line is written whole and at once, so that a reader sees no half of one. Results that are not to be logged keep their outcome alone.
options:
  path:
    description: The file to append to.
    env:
      - name: FOGLINE_EVENTS
requirements:
  - enabled by ANSIBLE_CALLBACKS_ENABLED
author:
  - The Fogline authors
"""

import json
import os
import time

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "fogline.edge.events"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self.file = None

    def set_options(self, task_keys=None, var_options=None, direct=None):
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)
        path = self.get_option("path")
        if path is None:
            self.disabled = True
            return
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def tell(self, **line):
        os.write(self.file, (json.dumps({"atMs": int(time.time() * 1000), **line}) + "\n").encode())

    def result(self, outcome, result):
        task = result._task
        values = result._result
        role = task._role.get_name() if task._role is not None else ""
        line = {"event": "task", "host": result._host.get_name(), "role": role.rsplit(".", 1)[-1], "task": task.get_name().split(" : ", 1)[-1], "outcome": outcome}
        hidden = task.no_log or values.get("_ansible_no_log", False)
        if outcome in ("failed", "unreachable", "ignored") and not hidden:
            message = values.get("msg", "")
            line["message"] = message if isinstance(message, str) else json.dumps(message, default=str)
        if outcome == "skipped":
            line["why"] = str(values.get("false_condition") or values.get("skip_reason") or values.get("msg") or "")
        if outcome == "changed" and isinstance(values.get("laid"), list):
            line["laid"] = values["laid"]
        self.tell(**line)

    def v2_playbook_on_task_start(self, task, is_conditional):
        role = task._role.get_name() if task._role is not None else ""
        self.tell(event="begin", role=role.rsplit(".", 1)[-1], task=task.get_name().split(" : ", 1)[-1])

    def v2_runner_on_ok(self, result):
        self.result("changed" if result._result.get("changed", False) else "ok", result)

    def v2_runner_on_skipped(self, result):
        self.result("skipped", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.result("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_unreachable(self, result):
        self.result("unreachable", result)
