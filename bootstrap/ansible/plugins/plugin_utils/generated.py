"""What `fogline render` wrote for a machine, as action plugins read it on the controller."""

from __future__ import annotations

import os


def generated_folder(templar, task_vars):
    """The machine's generated folder: beside the inventory, unless `fogline_generated` names another."""
    return templar.template(task_vars.get("fogline_generated")) or os.path.join(task_vars["inventory_dir"], task_vars["inventory_hostname"])


def files_under(plan, folder, names):
    """Entries of install.yaml for files of these names, or below folders of these names, each with its text as `content`; in the plan's order."""
    found = []
    for entry in plan.get("files", []):
        if any(entry["file"] == name or entry["file"].startswith(name.rstrip("/") + "/") for name in names):
            with open(os.path.join(folder, entry["file"]), encoding="utf-8") as file:
                found.append({**entry, "content": file.read()})
    return found
