#!/usr/bin/python
"""Has a cluster's first server make a new token, once for each rotation, however often a run of it was ended."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_token_rotation
short_description: A new token for a cluster
description:
  - C(begin) has K3s on the first server make a new token, and keeps the one before beside it, which snapshots from before need. That this was begun and
    done is noted below O(pending_folder), so that a run which follows one that was ended goes on with the token that was made.
  - C(finish) removes the note, once every node has the new token. The next C(begin) makes another one.
  - K3s answers to the old token until it starts again, and to the new one afterwards. Laying the new one and starting is left to other tasks.
options:
  step:
    description: Before the first node gets it, or after the last one has it.
    choices: [begin, finish]
    type: str
    required: true
  path:
    description: The file that K3s reads its token from at its start.
    type: path
    default: /etc/rancher/k3s/token
  data_dir:
    description: Where K3s keeps its data.
    type: path
    default: /var/lib/rancher/k3s
  pending_folder:
    description: Where is noted what has still to follow.
    type: path
    default: /etc/fogline/pending
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Make a new token
  fogline.edge.k3s_token_rotation:
    step: begin
"""

RETURN = r"""
continued:
  description: Whether a run before had made the new token.
  returned: always
  type: bool
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fogline.edge.plugins.module_utils.files import PENDING_FOLDER, text_of, write_whole
from ansible_collections.fogline.edge.plugins.module_utils.k3s_token import BEGUN, MADE, next_step, secret_of

UNIT = "k3s.service"


def refuse(module, why, fix):
    module.fail_json(msg="FL4190: %s. fix: %s" % (why, fix))


def rotate(module, token):
    """K3s knows the token that it was started with until it starts again, whatever stands in its data. The new one is never an argument: others see those."""
    code, text, error = module.run_command(["/usr/local/bin/k3s", "token", "rotate"], environ_update={"K3S_TOKEN": token})
    if code != 0:
        last = ((error.strip() or text.strip()).split("\n") or [""])[-1]
        refuse(module, "K3s makes no new token: %s" % last[-300:], "see `journalctl -u k3s` on the first server, then run again; every node still has a token that the cluster takes")


def begin(module, note):
    params = module.params
    noted, kept = text_of(note), params["path"] + ".before"
    file, own, before = text_of(params["path"]), text_of(os.path.join(params["data_dir"], "server/token")), text_of(kept)
    if file is None or own is None:
        refuse(module, "the first server has no token yet", "found the cluster first: fogline bootstrap")
    runs = module.run_command(["systemctl", "is-active", "--quiet", UNIT])[0] == 0
    step = next_step(noted, runs, file, own, before)
    if step == "refuse":
        refuse(module, "K3s does not run on the first server, and only it can make a token", "have it run: fogline bootstrap, for that machine")
    if step == "continue" or module.check_mode:
        module.exit_json(changed=step != "continue", continued=step == "continue")
    if step == "rotate":
        write_whole(kept, file, 0o600)
        write_whole(note, BEGUN, 0o644)
        # With the digest of the authority that it has in K3s' own data, so that nobody else is told it.
        rotate(module, "%s:%s" % (own.strip().rsplit(":", 1)[0], secret_of(file)))
    write_whole(note, MADE, 0o644)
    module.exit_json(changed=True, continued=step == "note")


def main():
    module = AnsibleModule(
        argument_spec={
            "step": {"choices": ["begin", "finish"], "required": True},
            "path": {"type": "path", "default": "/etc/rancher/k3s/token"},
            "data_dir": {"type": "path", "default": "/var/lib/rancher/k3s"},
            "pending_folder": {"type": "path", "default": PENDING_FOLDER},
        },
        supports_check_mode=True,
    )
    note = os.path.join(module.params["pending_folder"], "rotate-k3s-token")
    if module.params["step"] == "begin":
        begin(module, note)
    there = os.path.exists(note)
    if there and not module.check_mode:
        os.unlink(note)
    module.exit_json(changed=there, continued=False)


if __name__ == "__main__":
    main()
