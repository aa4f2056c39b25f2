"""Brings the list of a hand-over to the machine and has the module of the same name carry it out."""

from __future__ import annotations

import os

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """Takes `plan`, a file on the controller that `fogline cluster hand-over` or `fogline bootstrap` wrote. It has secrets in it, so it is no argument."""

    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars or {})
        args = dict(self._task.args)
        plan = os.path.expanduser(args.pop("plan"))
        try:
            with open(plan, encoding="utf-8") as file:
                text = file.read()
        except OSError as problem:
            raise AnsibleActionFail("FL4126: the list of what Flux needs cannot be read: %s. fix: fogline cluster hand-over <cluster> --output %s" % (problem, plan)) from problem
        if self._connection._shell.tmpdir is None:
            self._make_tmp_path()
        remote = self._connection._shell.join_path(self._connection._shell.tmpdir, "hand-over.json")
        self._transfer_data(remote, text)
        self._fixup_perms2((self._connection._shell.tmpdir, remote))
        result.update(self._execute_module("fogline.edge.hand_over", module_args={**args, "file": remote}, task_vars=task_vars))
        return result
