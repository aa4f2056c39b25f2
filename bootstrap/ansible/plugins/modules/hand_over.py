#!/usr/bin/python
"""Lays into a cluster what must be there before Flux, on its first server."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hand_over
short_description: Hand a cluster over to Flux
description:
  - Carries out the list that Fogline's planner made, stage by stage. What day 0 keeps is applied by the server under the name C(fogline-day-0), as Pulumi
    does it; what Flux keeps is created where it is absent, and never changed.
  - The action plugin of the same name brings the list, because secrets are in it.
options:
  file:
    description: The list, which is removed.
    type: path
    required: true
  timeout_seconds:
    description: How long a stage may take until it is ready.
    type: int
    default: 300
  operator_timeout_seconds:
    description: How long the operator may take until it runs; 0 where no pod can run yet.
    type: int
    default: 300
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Hand the cluster over to Flux
  fogline.edge.hand_over:
    file: /tmp/fogline/hand-over.json
"""

RETURN = r"""
applied:
  description: Names of the objects that were created or changed.
  returned: always
  type: list
left:
  description: Names of the objects that are Flux's already.
  returned: always
  type: list
"""

import base64
import json
import os

from ansible.module_utils.basic import AnsibleModule

KUBECTL = ["/usr/local/bin/k3s", "kubectl", "--request-timeout=60s"]
STAGES = ("definitions", "namespace", "secrets", "operator", "instance")


def name_of(item):
    metadata = item["metadata"]
    return "%s %s" % (item["kind"], "/".join(filter(None, [metadata.get("namespace"), metadata["name"]])))


def key_of(item):
    metadata = item["metadata"]
    return (item["apiVersion"].split("/")[0] if "/" in item["apiVersion"] else "", item["kind"], metadata.get("namespace"), metadata["name"])


def applicable(item):
    """With `data` instead of `stringData`: what the server would make of it, so that applying it again changes nothing."""
    if item.get("kind") != "Secret" or "stringData" not in item:
        return item
    data = {name: base64.b64encode(value.encode()).decode() for name, value in item["stringData"].items()}
    return {**{name: value for name, value in item.items() if name != "stringData"}, "data": {**item.get("data", {}), **data}}


def listed(items):
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


class Cluster:
    def __init__(self, module):
        self.module = module

    def kubectl(self, args, items=None):
        command = ["/usr/local/bin/k3s", "kubectl"] if args[0] == "wait" else KUBECTL
        code, text, error = self.module.run_command(command + args, data=None if items is None else listed(items))
        if code == 0:
            return text
        # A server's answer names what it refuses, and never has the value of a secret in it.
        said = " ".join(line for line in error.strip().split("\n") if "memcache.go" not in line)[:600]
        self.module.fail_json(msg="FL4126: the cluster does not take what Flux needs: %s. fix: correct it and run again: what is there stays" % said)
        return ""

    def there(self, items):
        """{key: resourceVersion} of those that the cluster has. One whose definition is missing is not there."""
        if not items:
            return {}
        args = ["get", "--filename=-", "--output=json", "--ignore-not-found"]
        code, text, error = self.module.run_command(KUBECTL + args, data=listed(items))
        if code == 0:
            return {key_of(one): one["metadata"]["resourceVersion"] for one in parsed(text)}
        if "no matches for kind" in error and len(items) > 1:
            return {key: version for item in items for key, version in self.there([item]).items()}
        return {} if "no matches for kind" in error else self.kubectl(args, items)

    def apply(self, items):
        args = ["apply", "--server-side", "--field-manager=fogline-day-0", "--force-conflicts", "--output=json", "--filename=-"]
        return {key_of(one): one["metadata"]["resourceVersion"] for one in parsed(self.kubectl(args, items))}


def parsed(text):
    if not text.strip():
        return []
    answer = json.loads(text)
    return answer.get("items", []) if answer.get("kind") == "List" else [answer]


def main():
    module = AnsibleModule(
        argument_spec={
            "file": {"type": "path", "required": True},
            "timeout_seconds": {"type": "int", "default": 300},
            "operator_timeout_seconds": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    with open(module.params["file"], encoding="utf-8") as file:
        steps = json.load(file)["steps"]
    os.unlink(module.params["file"])
    cluster, applied, left = Cluster(module), [], []
    for stage in STAGES:
        ours = [applicable(step["object"]) for step in steps if step["stage"] == stage and step["keptBy"] == "day-0"]
        theirs = [step["object"] for step in steps if step["stage"] == stage and step["keptBy"] == "flux"]
        before = cluster.there(ours + theirs)
        if module.check_mode:
            applied += [name_of(one) for one in ours + theirs if key_of(one) not in before]
            continue
        after = cluster.apply(ours) if ours else {}
        applied += [name_of(one) for one in ours if before.get(key_of(one)) != after.get(key_of(one))]
        for one in theirs:
            if key_of(one) in before:
                left.append(name_of(one))
                continue
            cluster.kubectl(["create", "--field-manager=fogline-day-0", "--filename=-"], [one])
            applied.append(name_of(one))
        ready(module, cluster, stage, ours)
    module.exit_json(changed=bool(applied), applied=applied, left=left)


def ready(module, cluster, stage, items):
    """A later stage needs what this one made to work, not only to be there."""
    if stage == "definitions" and items:
        names = ["customresourcedefinition/" + one["metadata"]["name"] for one in items if one["kind"] == "CustomResourceDefinition"]
        cluster.kubectl(["wait", "--for=condition=Established", "--timeout=%ds" % module.params["timeout_seconds"]] + names)
    seconds = module.params["operator_timeout_seconds"]
    if stage != "operator" or seconds == 0:
        return
    for one in items:
        if one["kind"] == "Deployment":
            place = ["--namespace=" + one["metadata"]["namespace"], "deployment/" + one["metadata"]["name"]]
            cluster.kubectl(["wait", "--for=condition=Available", "--timeout=%ds" % seconds] + place)


if __name__ == "__main__":
    main()
