"""Gathers a machine's host files on the controller and has the module of the same name lay them."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.fogline.edge.plugins.plugin_utils.generated import files_under, generated_folder


def moved(path, instead):
    """A path below a folder that this machine has elsewhere, such as /boot/firmware before Bookworm."""
    for folder, other in (instead or {}).items():
        if path is not None and path.startswith(folder.rstrip("/") + "/"):
            return other.rstrip("/") + path[len(folder.rstrip("/")):]
    return path


class ActionModule(ActionBase):
    """Takes `under`, names of folders or files of the machine's generated folder, in the order of install.yaml."""

    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        result = super().run(tmp, task_vars)
        plan = self._templar.template(task_vars.get("fogline_plan"))
        if plan is None:
            raise AnsibleActionFail("fogline_plan is not known: the role fogline.edge.plan reads it")
        under = self._task.args.get("under")
        if not isinstance(under, list) or not under:
            raise AnsibleActionFail("under: name the folders or files of the machine's generated folder, such as [boot]")
        instead = self._task.args.get("instead")
        files = [
            {**entry, **{key: moved(entry[key], instead) for key in ("to", "onlyIf") if key in entry}}
            for entry in files_under(plan, generated_folder(self._templar, task_vars), under)
        ]
        arguments = {"files": files, "pending_folder": self._task.args.get("pending_folder", "/etc/fogline/pending")}
        result.update(self._execute_module("fogline.edge.host_files", module_args=arguments, task_vars=task_vars))
        return result
