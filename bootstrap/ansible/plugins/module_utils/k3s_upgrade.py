"""What is well in a cluster, and what is no longer. Pure."""

from __future__ import annotations

import re

KINDS = ("Deployment", "StatefulSet", "DaemonSet")


def ready_count(item):
    status = item.get("status", {})
    return status.get("numberReady", 0) if item["kind"] == "DaemonSet" else status.get("readyReplicas", 0)


def wanted_count(item):
    """How many pods it wants now: what was scaled down meanwhile is not missed."""
    if item["kind"] == "DaemonSet":
        return item.get("status", {}).get("desiredNumberScheduled", 0)
    return item.get("spec", {}).get("replicas", 1)


def name_of(item):
    return "%s %s/%s" % (item["kind"], item["metadata"]["namespace"], item["metadata"]["name"])


def readiness(items):
    """{name: pods that are ready} of everything that keeps pods."""
    return {name_of(item): ready_count(item) for item in items if item["kind"] in KINDS}


def worse(before, items):
    """Sentences, one for each that has fewer ready pods than before and than it wants; what was not ready before is nobody's fault now."""
    lines = []
    for item in items:
        name, had, has = name_of(item), before.get(name_of(item), 0), ready_count(item)
        needed = min(had, wanted_count(item))
        if has < needed:
            lines.append("%s has %d of %d pods ready" % (name, has, needed))
    return sorted(lines)


def blockers(error):
    """The pods that an eviction was refused for, out of what kubectl says; its last line where it names none."""
    pods = re.findall(r'error when evicting pods/"([^"]+)"', error)
    lines = [line for line in error.strip().split("\n") if line and "memcache.go" not in line]
    return sorted(set(pods)), lines[-1] if lines else ""
