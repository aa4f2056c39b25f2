"""Has the module of the same name read which K3s a machine has, and compares it with what the fleet wants."""

from __future__ import annotations

import os
import shlex

import yaml
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.fogline.edge.plugins.module_utils import k3s_adopt, k3s_certificates
from ansible_collections.fogline.edge.plugins.plugin_utils.generated import generated_folder


def _flags(unit, environment):
    """Settings that stand in a unit's command line and in its environment file instead of in config.yaml."""
    line = (unit or "").replace("\\\n", " ")
    words = next((shlex.split(one.split("=", 1)[1]) for one in line.split("\n") if one.startswith("ExecStart=")), [])
    found = k3s_adopt.flags_of(words)
    for one in (environment or "").split("\n"):
        name, _, value = one.partition("=")
        if name in ("K3S_URL", "K3S_TOKEN", "K3S_DATASTORE_ENDPOINT"):
            key = {"K3S_URL": "server", "K3S_TOKEN": "token", "K3S_DATASTORE_ENDPOINT": "datastore-endpoint"}[name]
            found.setdefault(key, value.strip("'\""))
    return found


class ActionModule(ActionBase):
    """Takes `known_authority`, the digest of the cluster's authority where it is known, and `adopt`, whether a K3s of somebody else's may be taken over."""

    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        result = super().run(tmp, task_vars)
        plan = self._templar.template(task_vars["fogline_plan"])
        config = os.path.join(generated_folder(self._templar, task_vars), "k3s/config.yaml")
        if not os.path.exists(config):
            raise AnsibleActionFail("FL4120: %s does not exist, so nothing says which K3s this machine shall have. fix: fogline render" % config)
        with open(config, encoding="utf-8") as file:
            wanted = yaml.safe_load(file) or {}
        found = self._execute_module("fogline.edge.k3s_survey", module_args={}, task_vars=task_vars)
        result.update(found)
        if found.get("failed"):
            return result
        try:
            files = [yaml.safe_load(one["text"]) for one in found["configs"]]
        except yaml.YAMLError as problem:
            result.update(failed=True, msg="FL4122: a config.yaml of the K3s that is there is no YAML: %s. fix: put it right by hand" % problem)
            return result
        settings = k3s_adopt.merged(files, _flags(found["unit"], found["environment"]))
        role = "server" if plan["role"] == "server" else "agent"
        before = k3s_certificates.version_of(found["version_told"])
        after = k3s_certificates.version_of(plan.get("k3s", ""))
        known = self._templar.template(self._task.args.get("known_authority")) or None
        there = found["role"] is not None
        mark = yaml.safe_load(found["mark"] or "") or {}
        asked = {"role": role, "wanted": wanted, "settings": settings, "version": after}
        asked.update(cluster=plan.get("cluster"), known_authority=known, adopt=self._task.args.get("adopt") in (True, "true", "True", "yes"))
        result.update(
            there=there,
            wanted=wanted,
            ours=bool(mark),
            version="v%d.%d.%d" % before if before else None,
            differences=k3s_adopt.differences(settings, wanted) if there else [],
            problems=k3s_adopt.problems(found, mark, before, asked),
        )
        # Texts with tokens in them stay where they were read.
        for key in ("unit", "environment", "configs", "registries", "mark"):
            result.pop(key, None)
        return result
