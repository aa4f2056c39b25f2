#!/usr/bin/python
"""Lays host files and does what has to follow, also where an earlier run was ended between the two."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_files
short_description: Lay a machine's host files
description:
  - Lays the files that C(fogline render) wrote for a machine, as its C(install.yaml) says, and does what has to happen before they have an effect.
  - Before a file is replaced, what has to follow is noted below O(pending_folder); the note is removed once it was done. A run that was ended in
    between is completed by the next one.
  - Every file is written beside its place, flushed to the disk and moved there, so that a machine which loses power has the old file or the new one.
options:
  under:
    description: Names of folders or files of the machine's generated folder.
    type: list
    elements: str
  instead:
    description: Folders that this machine has elsewhere, by what install.yaml calls them.
    type: dict
  files:
    description: The files with their text. The action plugin of the same name gathers them.
    type: list
    elements: dict
  pending_folder:
    description: Where is noted what has still to follow.
    type: path
    default: /etc/fogline/pending
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Lay the boot files
  fogline.edge.host_files:
    under: [boot]
"""

RETURN = r"""
laid:
  description: Paths of files that changed.
  returned: always
  type: list
followed:
  description: What was done afterwards.
  returned: always
  type: list
pending:
  description: What has still to be done, by another role.
  returned: always
  type: list
"""

import os
import subprocess

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fogline.edge.plugins.module_utils.files import PENDING_FOLDER, note_pending, text_of, write_whole
from ansible_collections.fogline.edge.plugins.module_utils.host_files import after_laying

# What the module does itself; what is not here waits for a role (restart-k3s, set-power-mode, sync-mesh). Services that a machine does not run have nothing to read again.
ACTIONS = {
    "reload-systemd": ["systemctl", "daemon-reload"],
    "restart-journald": ["systemctl", "restart", "systemd-journald.service"],
    "restart-timesyncd": ["systemctl", "try-restart", "systemd-timesyncd.service"],
    "load-modules": ["systemctl", "restart", "systemd-modules-load.service"],
    "load-sysctl": ["systemctl", "restart", "systemd-sysctl.service"],
    "reload-udev": ["udevadm", "control", "--reload"],
    "create-tmpfiles": ["systemd-tmpfiles", "--create", "--prefix=/sys", "--prefix=/run", "--prefix=/var"],
}


def mode_of(path):
    try:
        return os.stat(path).st_mode & 0o777
    except FileNotFoundError:
        return None


def has_modes(path):
    """Whether the file system of a path keeps modes: vfat, of which boot partitions are, does not."""
    folder = os.path.dirname(path)
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    found = subprocess.run(["stat", "--file-system", "--format=%T", folder], stdout=subprocess.PIPE, universal_newlines=True, check=False)
    return found.stdout.strip() not in ("msdos", "vfat")


def changes_of(module, files):
    """What is different from what shall be: (entry, before, after). Fails with every file that cannot be laid."""
    changes, problems, texts = [], [], {}
    for entry in files:
        to, only_if = entry["to"], entry.get("onlyIf")
        if only_if and not os.path.exists(only_if):
            continue
        before = texts[to] if to in texts else text_of(to)
        try:
            after = after_laying(before, entry["how"], entry["file"], entry["content"])
        except ValueError as reason:
            problems.append("FL4110: %s cannot take %s: %s. fix: put the file of the system right by hand" % (to, entry["file"], reason))
            continue
        texts[to] = after
        wrong_mode = entry["how"] in ("copy", "data") and before is not None and mode_of(to) != int(entry["mode"], 8) and has_modes(to)
        if before != after or wrong_mode:
            changes.append((entry, before, after))
    if problems:
        module.fail_json(msg="\n".join(problems))
    return changes


def follow(module, folder):
    """Does what is noted and can be done here."""
    followed = []
    for after in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        command = ACTIONS.get(after)
        if command is None:
            continue
        if not (after == "reload-udev" and not os.path.exists("/run/udev/control")):
            code, _, error = module.run_command(command)
            # tmpfiles ends with 73 where the kernel has no such setting, such as a governor in a virtual machine: it has laid the rest.
            if code != 0 and not (after == "create-tmpfiles" and code in (65, 73)):
                module.fail_json(msg="FL4110: %s failed: %s. fix: see the journal of the machine, then run again" % (" ".join(command), error.strip()))
        os.unlink(os.path.join(folder, after))
        followed.append(after)
    return followed


def main():
    module = AnsibleModule(
        argument_spec={
            "under": {"type": "list", "elements": "str"},
            "instead": {"type": "dict"},
            "files": {"type": "list", "elements": "dict"},
            "pending_folder": {"type": "path", "default": PENDING_FOLDER},
        },
        supports_check_mode=True,
    )
    folder = module.params["pending_folder"]
    changes = changes_of(module, module.params["files"] or [])
    if not module.check_mode:
        for entry, _, after in changes:
            if entry["after"] != "nothing":
                note_pending(entry["after"], folder)
            write_whole(entry["to"], after, int(entry["mode"], 8))
    followed = [] if module.check_mode else follow(module, folder)
    module.exit_json(
        changed=bool(changes or followed),
        laid=[entry["to"] for entry, _, _ in changes],
        followed=followed,
        pending=sorted(os.listdir(folder)) if os.path.isdir(folder) else [],
        diff=[
            # What only root may read is not shown.
            {"before_header": entry["to"], "after_header": entry["to"], "before": before or "", "after": after}
            for entry, before, after in changes
            if entry["mode"] == "0644"
        ],
    )


if __name__ == "__main__":
    main()
