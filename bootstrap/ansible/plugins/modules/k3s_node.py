#!/usr/bin/python
"""Waits until a node is ready in the version that it shall have, and gives it the labels and taints of the fleet. Runs on a server of the cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_node
short_description: A node, as the cluster sees it
description:
  - Labels and taints of K3s' settings count at the first registration alone; later changes go through the API server, here.
options:
  name:
    description: The node's name.
    type: str
    required: true
  version:
    description: The version that its kubelet shall report; any where it is empty.
    type: str
    default: ""
  labels:
    description: The labels of the fleet, as key=value.
    type: list
    elements: str
    default: []
  taints:
    description: The taints of the fleet, as key=value:Effect.
    type: list
    elements: str
    default: []
  restarted:
    description: Whether its K3s was just started. The cluster takes a node for ready until it has missed it for a while, so it has to report itself anew.
    type: bool
    default: false
  timeout_seconds:
    description: How long to wait.
    type: int
    default: 300
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Wait for the node
  fogline.edge.k3s_node:
    name: pi-1
    version: v1.30.0+k3s1
"""

RETURN = r"""
patch:
  description: What was changed.
  returned: always
  type: dict
"""

import json
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fogline.edge.plugins.module_utils.k3s_node import is_ready, merge_patch, why_not_ready

KUBECTL = ["/usr/local/bin/k3s", "kubectl"]


def node_of(module, name):
    code, text, error = module.run_command(KUBECTL + ["get", "node", name, "--output=json", "--request-timeout=10s"])
    return (json.loads(text), "") if code == 0 else (None, error.strip().split("\n")[-1])


def last_report(module, name):
    """When its kubelet last said that it is there; None before it ever did, or where the server does not answer."""
    code, text, _ = module.run_command(KUBECTL + ["get", "lease", name, "--namespace=kube-node-lease", "--output=jsonpath={.spec.renewTime}", "--request-timeout=10s"])
    return text.strip() if code == 0 and text.strip() else None


def main():
    module = AnsibleModule(
        argument_spec={
            "name": {"required": True},
            "version": {"default": ""},
            "labels": {"type": "list", "elements": "str", "default": []},
            "taints": {"type": "list", "elements": "str", "default": []},
            "restarted": {"type": "bool", "default": False},
            "timeout_seconds": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    name, version = module.params["name"], module.params["version"]
    end = time.monotonic() + (0 if module.check_mode else module.params["timeout_seconds"])
    reported_before, reported = None, not module.params["restarted"] or module.check_mode
    while True:
        if not reported:
            report = last_report(module, name)
            reported = None not in (report, reported_before) and report != reported_before
            reported_before = reported_before or report
        node, why = node_of(module, name)
        runs = node["status"]["nodeInfo"]["kubeletVersion"] if node else None
        if reported and node and is_ready(node) and version in ("", runs):
            break
        if time.monotonic() > end:
            if module.check_mode:
                module.exit_json(changed=node is None, patch={})
            if node is None:
                said = why
            elif not is_ready(node):
                said = why_not_ready(node)
            elif not reported:
                said = "it has not reported itself since K3s was started"
            else:
                said = "it runs %s" % runs
            module.fail_json(msg="FL4124: node %s is not ready%s: %s. fix: see `journalctl -u k3s -u k3s-agent` on the machine, then run again" % (name, version and " in " + version, said))
        time.sleep(2)
    patch = merge_patch(node, module.params["labels"], module.params["taints"])
    if patch is not None and not module.check_mode:
        code, _, error = module.run_command(KUBECTL + ["patch", "node", name, "--type=merge", "--field-manager=fogline", "--patch", json.dumps(patch)])
        if code != 0:
            module.fail_json(msg="FL4124: node %s does not take its labels and taints: %s. fix: correct `host.taints` and the labels in the fleet file" % (name, error.strip()))
    module.exit_json(changed=patch is not None, patch=patch or {})


if __name__ == "__main__":
    main()
