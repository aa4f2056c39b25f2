#!/usr/bin/python
"""Takes a node out of service before it changes, and brings it back once it is as well as before. Runs on a server of the cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_upgrade
short_description: A node before and after its upgrade
description:
  - C(begin) takes the cluster's lease, so that one node changes at a time, notes on the node how well everything is, and drains it. What was begun by a
    run that ended is continued.
  - C(finish) waits until everything that keeps pods has as many ready ones as before, gives the node back and the lease with it. How well everything was
    stays noted on the node.
  - C(look) changes nothing. It fails where the node is not ready, or something has fewer ready pods than before the last upgrade.
options:
  step:
    description: Before or after, or once more after a while.
    choices: [begin, finish, look]
    type: str
    required: true
  node:
    description: The node's name.
    type: str
    required: true
  version:
    description: The version that it will be, where it is an agent; one that is newer than its server is refused.
    type: str
  timeout_seconds:
    description: How long draining, and getting well again, may take each.
    type: int
    default: 600
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Take the node out of service
  fogline.edge.k3s_upgrade:
    step: begin
    node: pi-2
"""

RETURN = r"""
continued:
  description: Whether an earlier run had begun it.
  returned: always
  type: bool
"""

import json
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fogline.edge.plugins.module_utils.k3s_certificates import version_of
from ansible_collections.fogline.edge.plugins.module_utils.k3s_node import is_ready, why_not_ready
from ansible_collections.fogline.edge.plugins.module_utils.k3s_upgrade import KINDS, blockers, readiness, worse

KUBECTL = ["/usr/local/bin/k3s", "kubectl"]
LEASE, NAMESPACE = "fogline-upgrade", "kube-system"
# What is being done, and what was done last; each with how many pods were ready before.
NOTE, LAST = "fogline.dev/upgrade", "fogline.dev/last-upgrade"


class Cluster:
    def __init__(self, module):
        self.module = module
        self.node = module.params["node"]

    def kubectl(self, args, data=None, may_fail=False):
        code, text, error = self.module.run_command(KUBECTL + args, data=data)
        if code != 0 and not may_fail:
            self.module.fail_json(msg="FL4128: the cluster does not answer for node %s: %s. fix: see `journalctl -u k3s` on the server" % (self.node, error.strip()[-400:]))
        return code, text, error

    def get(self, args):
        code, text, _ = self.kubectl(["get", "--output=json", "--ignore-not-found"] + args)
        return json.loads(text) if text.strip() else None

    def workloads(self):
        return self.get([",".join(kind.lower() + "s" for kind in KINDS), "--all-namespaces"])["items"]

    def take_lease(self):
        """The server makes sure of it: of two that create it at once one fails."""
        lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": LEASE, "namespace": NAMESPACE}, "spec": {"holderIdentity": self.node}}
        code, _, _ = self.kubectl(["create", "--filename=-"], json.dumps(lease), may_fail=True)
        if code == 0:
            return
        there = self.get(["lease", LEASE, "--namespace=" + NAMESPACE])
        holder = there["spec"].get("holderIdentity") if there else None
        if holder != self.node:
            self.module.fail_json(
                msg="FL4129: node %s is being upgraded, and nodes of a cluster change one at a time. fix: finish that one first: fogline device upgrade %s" % (holder, holder)
            )

    def give_lease(self):
        self.kubectl(["delete", "lease", LEASE, "--namespace=" + NAMESPACE, "--ignore-not-found"])

    def note(self, value, last=None):
        notes = {NOTE: None if value is None else json.dumps(value, sort_keys=True)}
        if last is not None:
            notes[LAST] = json.dumps(last, sort_keys=True)
        patch = {"metadata": {"annotations": notes}}
        self.kubectl(["patch", "node", self.node, "--type=merge", "--patch", json.dumps(patch)])


def begin(module, cluster):
    node = cluster.get(["node", cluster.node])
    if node is None:
        module.fail_json(msg="FL4128: the cluster has no node %s. fix: fogline bootstrap %s" % (cluster.node, cluster.node))
    noted = node["metadata"].get("annotations", {}).get(NOTE)
    server, wanted = version_of(json.loads(cluster.kubectl(["get", "--raw", "/version"])[1])["gitVersion"]), version_of(module.params["version"] or "")
    if wanted is not None and server is not None and wanted > server:
        module.fail_json(msg="FL4129: node %s would be %s, and its server is v%d.%d.%d: servers come first. fix: upgrade the server of its cluster" % (cluster.node, module.params["version"], *server))
    if module.check_mode:
        module.exit_json(changed=True, continued=noted is not None)
    cluster.take_lease()
    if noted is None:
        cordoned = bool(node["spec"].get("unschedulable"))
        cluster.note({"before": readiness(cluster.workloads()), "cordoned": cordoned})
    drain(module, cluster)
    module.exit_json(changed=True, continued=noted is not None)


def drain(module, cluster):
    others = [one for one in cluster.get(["nodes"])["items"] if one["metadata"]["name"] != cluster.node and not one["spec"].get("unschedulable")]
    cluster.kubectl(["cordon", cluster.node])
    # Where there is nowhere to go, pods stay: they run on while K3s starts again, and a boot ends them either way.
    if not others:
        return
    seconds = module.params["timeout_seconds"]
    args = ["drain", cluster.node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=%ds" % seconds]
    code, _, error = cluster.kubectl(args, may_fail=True)
    if code == 0:
        return
    pods, last = blockers(error)
    give_back(cluster)
    module.fail_json(
        msg="FL4127: node %s cannot be drained within %d s: %s. fix: give them somewhere to go, or change their PodDisruptionBudget; the node was given back"
        % (cluster.node, seconds, "pods %s may not be evicted" % ", ".join(pods) if pods else last)
    )


def noted_on(node, name):
    return json.loads(node["metadata"].get("annotations", {}).get(name, "{}"))


def give_back(cluster, upgraded=False):
    noted = noted_on(cluster.get(["node", cluster.node]), NOTE)
    # Whoever cordoned it before had a reason.
    if not noted.get("cordoned", False):
        cluster.kubectl(["uncordon", cluster.node])
    cluster.note(None, {"before": noted.get("before", {})} if upgraded else None)
    cluster.give_lease()


def finish(module, cluster):
    noted = noted_on(cluster.get(["node", cluster.node]), NOTE)
    if module.check_mode:
        module.exit_json(changed=True, continued=False)
    # Its pods need it to become ready again.
    if not noted.get("cordoned", False):
        cluster.kubectl(["uncordon", cluster.node])
    end = time.monotonic() + module.params["timeout_seconds"]
    while True:
        lines = worse(noted.get("before", {}), cluster.workloads())
        if not lines:
            break
        if time.monotonic() > end:
            fail_worse(module, cluster, lines)
        time.sleep(3)
    give_back(cluster, upgraded=True)
    module.exit_json(changed=True, continued=False)


def fail_worse(module, cluster, lines):
    module.fail_json(msg="FL4128: since node %s was upgraded, %s. fix: look at them; other nodes wait for it, run again when they are well" % (cluster.node, "; ".join(lines)))


def look(module, cluster):
    node = cluster.get(["node", cluster.node])
    if node is None or not is_ready(node):
        why = why_not_ready(node) if node else "the cluster does not have it any more"
        fail_worse(module, cluster, ["it is not ready: %s" % why])
    lines = worse(noted_on(node, LAST).get("before", {}), cluster.workloads())
    if lines:
        fail_worse(module, cluster, lines)
    module.exit_json(changed=False, continued=False)


def main():
    module = AnsibleModule(
        argument_spec={
            "step": {"choices": ["begin", "finish", "look"], "required": True},
            "node": {"required": True},
            "version": {"type": "str"},
            "timeout_seconds": {"type": "int", "default": 600},
        },
        supports_check_mode=True,
    )
    {"begin": begin, "finish": finish, "look": look}[module.params["step"]](module, Cluster(module))


if __name__ == "__main__":
    main()
