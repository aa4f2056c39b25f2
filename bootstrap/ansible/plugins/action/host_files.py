"""Gathers a machine's host files on the controller and has the module of the same name lay them."""

from __future__ import annotations

import os

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """Takes `under`, names of folders or files of the machine's generated folder, in the order of install.yaml."""

    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        result = super().run(tmp, task_vars)
        plan = self._templar.template(task_vars.get("fogline_plan"))
        if plan is None:
            raise AnsibleActionFail("fogline_plan is not known: the role fogline.edge.plan reads it")
        generated = self._templar.template(task_vars.get("fogline_generated")) or os.path.join(task_vars["inventory_dir"], task_vars["inventory_hostname"])
        under = self._task.args.get("under")
        if not isinstance(under, list) or not under:
            raise AnsibleActionFail("under: name the folders or files of the machine's generated folder, such as [boot]")
        files = []
        for entry in plan.get("files", []):
            if not any(entry["file"] == name or entry["file"].startswith(name.rstrip("/") + "/") for name in under):
                continue
            with open(os.path.join(generated, entry["file"]), encoding="utf-8") as file:
                files.append({**entry, "content": file.read()})
        arguments = {"files": files, "pending_folder": self._task.args.get("pending_folder", "/etc/fogline/pending")}
        result.update(self._execute_module("fogline.edge.host_files", module_args=arguments, task_vars=task_vars))
        return result
