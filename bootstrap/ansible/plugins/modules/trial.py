#!/usr/bin/python
"""Changes what a machine is reached by, and takes it back unless the change is confirmed in time."""

from __future__ import annotations

DOCUMENTATION = r"""
module: trial
short_description: Change files on trial
description:
  - Replaces files and applies them, after the old ones were kept and a timer was started that puts them back.
  - With C(state=confirmed), which can only be asked for by who still reaches the machine, the new files stay.
  - A machine that boots in between puts the old files back before its network starts.
options:
  name:
    description: Name of the trial; one of a name runs at a time.
    type: str
    required: true
  state:
    description: Whether to begin or to end it.
    type: str
    choices: [started, confirmed]
    default: started
  files:
    description: Files with C(path), which may begin with C(~user), C(mode) and C(content); a file without content is removed.
    type: list
    elements: dict
    default: []
  check:
    description: Command that must accept the content of each file before anything changes; C({}) stands for a copy of it. Only for files whose path ends as O(checked).
    type: list
    elements: str
    default: []
  checked:
    description: How paths end whose content O(check) looks at.
    type: str
    default: ""
  apply:
    description: Shell command after which the files have an effect; it is run again when the old ones are put back.
    type: str
    default: "true"
  effective:
    description: Shell command that ends with 0 while the files have their effect; when it does not, they are applied although no file differs.
    type: str
    default: "true"
  seconds:
    description: After which time without a confirmation the old files come back.
    type: int
    default: 90
  code:
    description: Code of the refusal.
    type: str
    default: FL4171
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Load the firewall on trial
  fogline.edge.trial:
    name: firewall
    files:
      - path: /etc/fogline/firewall.nft
        content: "{{ rules }}"
        mode: "0644"
    check: [nft, --check, --file, "{}"]
    checked: .nft
    apply: /usr/local/lib/fogline/load-firewall
"""

RETURN = r"""
armed:
  description: Whether the change waits for its confirmation.
  returned: always
  type: bool
"""

import os
import shlex
import shutil
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fogline.edge.plugins.module_utils.files import text_of, write_whole

FOLDER = "/etc/fogline/trials"
UNDO = "/usr/local/lib/fogline/undo-trial"


def is_same(file):
    content = file.get("content")
    if text_of(file["path"]) != content:
        return False
    return content is None or os.stat(file["path"]).st_mode & 0o777 == int(file["mode"], 8)


def undo_script(files, backup, apply):
    """
    Shell that puts back what `backup` keeps. At a boot nothing runs yet that could be told. Once the files are back the trial is over, also where
    telling fails: what keeps a service from reading its old settings is then not ours.
    """
    lines = ["set -e"]
    for index, file in enumerate(files):
        kept, path = os.path.join(backup, str(index)), file["path"]
        if text_of(path) is None:
            lines.append("rm -f %s" % shlex.quote(path))
        else:
            was = os.stat(path)
            lines.append("cp --preserve=mode %s %s.fogline-old" % (shlex.quote(kept), shlex.quote(path)))
            # A file of somebody's that root got could not be read any more by whom it is for.
            lines.append("chown %d:%d %s.fogline-old" % (was.st_uid, was.st_gid, shlex.quote(path)))
            lines.append("mv %s.fogline-old %s" % (shlex.quote(path), shlex.quote(path)))
    lines.append('[ "${FOGLINE_BOOTING:-}" = 1 ] || { %s; } || echo "the old files are back, and have no effect yet" >&2' % apply)
    return "\n".join(lines) + "\n"


def keep(name, files, apply):
    """Copies of what is there, complete or not at all. Those of a trial that was never confirmed are older, and right."""
    backup = os.path.join(FOLDER, name)
    if os.path.exists(os.path.join(backup, "undo")):
        return
    shutil.rmtree(backup, ignore_errors=True)
    os.makedirs(backup, mode=0o700)
    for index, file in enumerate(files):
        if text_of(file["path"]) is not None:
            shutil.copy2(file["path"], os.path.join(backup, str(index)))
    write_whole(os.path.join(backup, "undo"), undo_script(files, backup, apply), 0o600)


def checked(module, files):
    """Fails with every file that is refused, before anything has changed."""
    problems = []
    for file in files:
        if file.get("content") is None or not module.params["check"] or not file["path"].endswith(module.params["checked"]):
            continue
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".candidate") as candidate:
            candidate.write(file["content"])
            candidate.flush()
            code, output, error = module.run_command([word.replace("{}", candidate.name) for word in module.params["check"]])
        if code != 0:
            problems.append("%s: %s is refused: %s. fix: correct it where it is made; nothing was changed" % (module.params["code"], file["path"], (error or output).strip()))
    if problems:
        module.fail_json(msg="\n".join(problems))


def start(module):
    name, files, seconds = module.params["name"], module.params["files"], module.params["seconds"]
    changed = [file for file in files if not is_same(file)]
    waiting = os.path.exists(os.path.join(FOLDER, name, "undo"))
    effective = bool(changed) or module.run_command(module.params["effective"], use_unsafe_shell=True)[0] == 0
    result = {
        "changed": bool(changed) or waiting or not effective,
        "armed": False,
        "diff": [
            {"before_header": file["path"], "after_header": file["path"], "before": text_of(file["path"]) or "", "after": file.get("content") or ""}
            for file in changed
        ],
    }
    checked(module, changed)
    if not result["changed"] or module.check_mode:
        module.exit_json(**result)
    keep(name, files, module.params["apply"])
    unit = "fogline-trial-" + name
    module.run_command(["systemctl", "stop", unit + ".timer"])
    module.run_command(["systemctl", "reset-failed", unit + ".service"])
    module.run_command(["systemd-run", "--quiet", "--collect", "--unit=" + unit, "--on-active=%d" % seconds, "--timer-property=AccuracySec=1s", UNDO, name], check_rc=True)
    for file in changed:
        if file.get("content") is None:
            os.unlink(file["path"])
        else:
            write_whole(file["path"], file["content"], int(file["mode"], 8))
    code, output, error = module.run_command(module.params["apply"], use_unsafe_shell=True)
    if code != 0:
        module.run_command(["systemctl", "stop", unit + ".timer"])
        module.run_command([UNDO, name])
        module.fail_json(
            msg="%s: the change of %s cannot be applied, and was taken back: %s. fix: see the journal of the machine"
            % (module.params["code"], ", ".join(file["path"] for file in files), (error or output).strip())
        )
    module.exit_json(**dict(result, armed=True))


def confirm(module):
    name = module.params["name"]
    unit = "fogline-trial-" + name
    if module.check_mode:
        module.exit_json(changed=False, armed=False)
    module.run_command(["systemctl", "stop", unit + ".timer"])
    if not os.path.exists(os.path.join(FOLDER, name, "undo")):
        module.fail_json(msg="%s: the trial %s ended before it was confirmed, and the old state is back. fix: run again; the line may be slow" % (module.params["code"], name))
    # The script goes first: without it nothing is put back any more.
    os.unlink(os.path.join(FOLDER, name, "undo"))
    shutil.rmtree(os.path.join(FOLDER, name))
    module.exit_json(changed=True, armed=False)


def main():
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["started", "confirmed"], "default": "started"},
            "files": {"type": "list", "elements": "dict", "default": []},
            "check": {"type": "list", "elements": "str", "default": []},
            "checked": {"type": "str", "default": ""},
            "apply": {"type": "str", "default": "true"},
            "effective": {"type": "str", "default": "true"},
            "seconds": {"type": "int", "default": 90},
            "code": {"type": "str", "default": "FL4171"},
        },
        supports_check_mode=True,
    )
    for file in module.params["files"]:
        file["path"] = os.path.expanduser(file["path"])
    if module.params["state"] == "started":
        start(module)
    else:
        confirm(module)


if __name__ == "__main__":
    main()
