"""Lays the settings of K3s: its host files, the unit, and registries.yaml with the logins that git must not have."""

from __future__ import annotations

import base64
import json

import yaml
from ansible.plugins.action import ActionBase
from ansible_collections.fogline.edge.plugins.plugin_utils.generated import files_under, generated_folder

REGISTRIES = "/etc/rancher/k3s/registries.yaml"


class ActionModule(ActionBase):
    """Takes `unit` and `unit_text`, and `logins`: {registry: {username, password}}. Without `logins` those that the machine has stay."""

    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        result = super().run(tmp, task_vars)
        plan = self._templar.template(task_vars["fogline_plan"])
        files = [
            {**entry, "content": self.with_logins(entry["content"], task_vars)} if entry["to"] == REGISTRIES else entry
            for entry in files_under(plan, generated_folder(self._templar, task_vars), ["k3s"])
        ]
        unit = {"file": "k3s unit", "to": "/etc/systemd/system/" + self._task.args["unit"], "how": "copy", "mode": "0644", "after": "restart-k3s"}
        files.append({**unit, "content": self._task.args["unit_text"]})
        result.update(self._execute_module("fogline.edge.host_files", module_args={"files": files}, task_vars=task_vars))
        # Their text has logins in it.
        result["diff"] = [one for one in result.get("diff", []) if one.get("after_header") != REGISTRIES]
        return result

    def with_logins(self, content, task_vars):
        logins = self._task.args.get("logins")
        if logins is None:
            configs = self.configs_there(task_vars)
        else:
            # Values of variables carry where they came from, which YAML cannot write.
            logins = json.loads(json.dumps(logins))
            configs = {host: {"auth": {"username": one["username"], "password": one["password"]}} for host, one in sorted(logins.items())}
        if not configs:
            return content
        head = "".join(line for line in content.splitlines(keepends=True) if line.startswith("#"))
        settings = yaml.safe_load(content) or {}
        merged = dict(settings.get("configs") or {})
        for host, config in configs.items():
            merged[host] = {**merged.get(host, {}), **config}
        return head + yaml.safe_dump({**settings, "configs": merged}, sort_keys=True, default_flow_style=False)

    def configs_there(self, task_vars):
        """The logins that an earlier run brought: a run without them must not take them away."""
        found = self._execute_module("ansible.builtin.slurp", module_args={"src": REGISTRIES}, task_vars=task_vars)
        if found.get("failed") or "content" not in found:
            return {}
        try:
            there = yaml.safe_load(base64.b64decode(found["content"])) or {}
        except yaml.YAMLError:
            return {}
        return {host: config for host, config in (there.get("configs") or {}).items() if "auth" in (config or {})}
