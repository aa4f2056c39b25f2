#!/usr/bin/python
"""Puts a K3s that was brought to the machine in the place of the one that is there."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_binary
short_description: Install K3s
description:
  - Checks sum and version of what was brought, notes that K3s has to start again, and moves it over the old one. What runs keeps running.
options:
  brought:
    description: The file that was brought. It is gone afterwards.
    type: path
    required: true
  sha256:
    description: What its SHA-256 must be.
    type: str
    required: true
  version:
    description: What it must call itself, such as v1.30.0+k3s1.
    type: str
    required: true
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Install K3s
  fogline.edge.k3s_binary:
    brought: /var/tmp/fogline-k3s
    sha256: "{{ k3s_sha256 }}"
    version: v1.30.0+k3s1
"""

RETURN = r"""
installed:
  description: SHA-256 of the K3s that is there now.
  returned: always
  type: str
"""

import os
import subprocess

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fogline.edge.plugins.module_utils.files import digest_of, note_pending, sync

PLACE = "/usr/local/bin/k3s"


def main():
    module = AnsibleModule(
        argument_spec={"brought": {"type": "path", "required": True}, "sha256": {"required": True}, "version": {"required": True}},
        supports_check_mode=True,
    )
    brought, wanted, version = module.params["brought"], module.params["sha256"], module.params["version"]
    if digest_of(PLACE) == wanted:
        if os.path.exists(brought) and not module.check_mode:
            os.unlink(brought)
        module.exit_json(changed=False, installed=wanted)
    if module.check_mode:
        module.exit_json(changed=True, installed=wanted)
    actual = digest_of(brought)
    if actual != wanted:
        module.fail_json(msg="FL4120: the K3s that was brought has SHA-256 %s, and the release's list says %s; nothing was installed. fix: fetch the release anew" % (actual, wanted))
    os.chmod(brought, 0o755)
    told = subprocess.run([brought, "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, check=False)
    if version not in told.stdout.split():
        said = told.stdout.strip().split("\n")[0]
        module.fail_json(msg="FL4120: the K3s that was brought says `%s`, and the fleet wants %s; nothing was installed. fix: put the files of that release there" % (said, version))
    # Noted before the change: a run that ends in between leaves the note, and the next one starts K3s again.
    note_pending("restart-k3s")
    os.makedirs(os.path.dirname(PLACE), exist_ok=True)
    beside = PLACE + ".fogline-new"
    module.atomic_move(brought, beside)
    os.chmod(beside, 0o755)
    sync(beside)
    os.replace(beside, PLACE)
    module.exit_json(changed=True, installed=wanted)


if __name__ == "__main__":
    main()
