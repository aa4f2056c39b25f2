"""What has to be said to the API server so that a node has the labels and taints of the fleet. Pure."""

from __future__ import annotations

# The names of what the fleet gave the node, so that what it no longer gives is taken away, and what somebody else gave is left alone.
LABELS_NOTED, TAINTS_NOTED = "fogline.dev/labels-of-the-fleet", "fogline.dev/taints-of-the-fleet"
OWN_PREFIX = "fogline.dev/"


def label_of(text):
    name, _, value = text.partition("=")
    return name, value


def taint_of(text):
    """{key, value, effect} of `key=value:Effect`."""
    rest, _, effect = text.rpartition(":")
    key, _, value = rest.partition("=")
    return {"key": key, "value": value, "effect": effect}


def is_ready(node):
    return any(one["type"] == "Ready" and one["status"] == "True" for one in node.get("status", {}).get("conditions", []))


def why_not_ready(node):
    found = [one for one in node.get("status", {}).get("conditions", []) if one["type"] == "Ready"]
    return "%s: %s" % (found[0].get("reason", ""), found[0].get("message", "")) if found else "it has not reported yet"


def merge_patch(node, labels, taints):
    """The JSON merge patch that the node needs; None where it needs none. `labels` are `key=value`, `taints` are `key=value:Effect`."""
    metadata, spec = node["metadata"], node.get("spec", {})
    had, notes = metadata.get("labels", {}), metadata.get("annotations", {})
    wanted = dict(label_of(one) for one in labels)
    noted = set(filter(None, notes.get(LABELS_NOTED, "").split(",")))
    gone = [name for name in had if name not in wanted and (name in noted or name.startswith(OWN_PREFIX))]
    changed = {name: value for name, value in wanted.items() if had.get(name) != value}
    changed.update({name: None for name in gone})
    wants = [taint_of(one) for one in taints]
    names = {"%s:%s" % (one["key"], one["effect"]) for one in wants}
    before = set(filter(None, notes.get(TAINTS_NOTED, "").split(",")))
    others = [one for one in spec.get("taints", []) if "%s:%s" % (one["key"], one["effect"]) not in names | before]
    ours = [{name: value for name, value in one.items() if value != ""} for one in wants]
    patch = {}
    annotations = {LABELS_NOTED: ",".join(sorted(wanted)), TAINTS_NOTED: ",".join(sorted(names))}
    annotations = {name: value for name, value in annotations.items() if notes.get(name, "") != value}
    if changed or annotations:
        patch["metadata"] = {**({"labels": changed} if changed else {}), **({"annotations": annotations} if annotations else {})}
    if _keyed(others + ours) != _keyed(spec.get("taints", [])):
        patch["spec"] = {"taints": others + ours}
    return patch or None


def _keyed(taints):
    return sorted((one["key"], one["effect"], one.get("value", "")) for one in taints)
