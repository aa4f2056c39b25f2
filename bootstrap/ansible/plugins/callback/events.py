"""Writes one JSON line for each result of a task into the file that FOGLINE_EVENTS names."""

from __future__ import annotations

DOCUMENTATION = """
name: events
type: aggregate
short_description: One JSON line a result
description:
  - Each line has C(host), C(role), C(task) and C(outcome) (ok, changed, skipped, failed, unreachable, ignored), and for a skip or failure why;
    the one of the preflight has what the machine is.
  - A line is written whole and at once, so that a reader sees no half of one. Results that are not to be logged keep their outcome alone.
  - A role tells whoever started the run by setting the fact C(fogline_told), a mapping.
  - With an owner the run ends when the owner does, and its workers with it, so that it never goes on without anybody who knows of it.
options:
  path:
    description: The file to append to.
    env:
      - name: FOGLINE_EVENTS
  owner:
    description: The process that started the run, as its id and its start in ticks since boot, with a colon between.
    env:
      - name: FOGLINE_EVENTS_OWNER
requirements:
  - enabled by ANSIBLE_CALLBACKS_ENABLED
author:
  - The Fogline authors
"""

import ctypes
import json
import os
import signal
import threading
import time

from ansible.plugins.callback import CallbackBase

OWNER_SECONDS = 1.0
PR_SET_PDEATHSIG = 1


def start_ticks_of(process_id):
    """When a process began, in ticks since boot; None for one that is gone."""
    try:
        with open("/proc/%d/stat" % process_id, encoding="ascii", errors="replace") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        # Nobody has waited for it yet, and it will do nothing more.
        return None if fields[0] == "Z" else int(fields[19])
    except (OSError, IndexError, ValueError):
        return None


def end_with(owner):
    """Ends this process group once its owner is gone."""
    process_id, ticks = (int(part) for part in owner.split(":"))
    while start_ticks_of(process_id) == ticks:
        time.sleep(OWNER_SECONDS)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def end_with_parent():
    """
    Has the kernel end this process with the one that forked it (prctl(2), PR_SET_PDEATHSIG). Ansible's workers are in sessions of their own, so nothing
    that is sent to the group of a run reaches them.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def message_of(values):
    """What went wrong in the words of the module; of a loop, those of its first item that failed."""
    for item in values.get("results") or []:
        if isinstance(item, dict) and (item.get("failed") or item.get("unreachable")):
            return message_of(item)
    message = values.get("msg", "")
    parts = [message if isinstance(message, str) else json.dumps(message, default=str), values.get("stderr") or values.get("module_stderr") or ""]
    return "\n".join(dict.fromkeys(part.strip() for part in parts if part.strip()))


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
        owner = self.get_option("owner")
        if owner and os.path.isdir("/proc/self"):
            threading.Thread(target=end_with, args=(owner,), daemon=True).start()
            os.register_at_fork(after_in_child=end_with_parent)

    def tell(self, **line):
        os.write(self.file, (json.dumps({"atMs": int(time.time() * 1000), **line}) + "\n").encode())

    def result(self, outcome, result):
        task = result._task
        values = result._result
        role = task._role.get_name() if task._role is not None else ""
        line = {"event": "task", "host": result._host.get_name(), "role": role.rsplit(".", 1)[-1], "task": task.get_name().split(" : ", 1)[-1], "outcome": outcome}
        hidden = task.no_log or values.get("_ansible_no_log", False)
        if outcome in ("failed", "unreachable", "ignored") and not hidden:
            line["message"] = message_of(values)
        if outcome == "skipped":
            line["why"] = str(values.get("false_condition") or values.get("skip_reason") or values.get("msg") or "")
        told = values.get("ansible_facts", {}).get("fogline_told")
        if outcome == "ok" and not hidden and isinstance(told, dict):
            line["told"] = told
        if outcome == "changed" and isinstance(values.get("laid"), list):
            line["laid"] = values["laid"]
        if isinstance(values.get("answers"), list):
            # What the machine is, for whoever shows a summary.
            line["board"], line["advice"] = values.get("board"), values.get("advice", [])
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
