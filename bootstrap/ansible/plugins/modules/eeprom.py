#!/usr/bin/python
"""Sets boot settings that a Raspberry Pi keeps in its EEPROM, by its maker's own program."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eeprom
short_description: Boot settings in the EEPROM of a Raspberry Pi
description:
  - Reads the settings that the board will have after its next boot, changes those of O(settings) that do not hold, and leaves the others. The maker's
    program lays the new image onto the boot partition, and the board takes it when it boots, so a boot is noted before.
options:
  settings:
    description: Settings by name, as C(rpi-eeprom-config) prints them.
    type: dict
    required: true
  boot_folder:
    description: Where the boot partition is, on which an image lies until the next boot.
    type: path
    default: /boot/firmware
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Boot from the NVMe disk first
  fogline.edge.eeprom:
    settings:
      BOOT_ORDER: "0xf16"
"""

RETURN = r"""
changed_settings:
  description: The names of settings that were changed.
  returned: always
  type: list
"""

import os
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fogline.edge.plugins.module_utils.eeprom import differing, with_settings
from ansible_collections.fogline.edge.plugins.module_utils.files import note_pending

PROGRAM = "rpi-eeprom-config"


def run(module, args):
    code, text, error = module.run_command([module.get_bin_path(PROGRAM, required=True)] + args)
    if code != 0:
        last = ((error.strip() or text.strip()).split("\n") or [""])[-1]
        module.fail_json(msg="FL4119: `%s` fails: %s. fix: run it by hand on the board; its package is rpi-eeprom" % (" ".join([PROGRAM] + args), last[-300:]))
    return text


def main():
    module = AnsibleModule(
        argument_spec={"settings": {"type": "dict", "required": True}, "boot_folder": {"type": "path", "default": "/boot/firmware"}}, supports_check_mode=True
    )
    settings = {key: str(value) for key, value in module.params["settings"].items()}
    if module.get_bin_path(PROGRAM) is None:
        # In check mode its package is only shown.
        if module.check_mode:
            module.exit_json(changed=True, changed_settings=sorted(settings))
        module.fail_json(msg="FL4119: the board has no %s, and nothing else reads its EEPROM. fix: install its package rpi-eeprom" % PROGRAM)
    waiting = os.path.join(module.params["boot_folder"], "pieeprom.upd")
    before = run(module, [waiting] if os.path.exists(waiting) else [])
    changed = differing(before, settings)
    if not changed:
        module.exit_json(changed=False, changed_settings=[])
    after = with_settings(before, settings)
    diff = {"before": before, "after": after, "before_header": "EEPROM", "after_header": "EEPROM"}
    if not module.check_mode:
        note_pending("reboot")
        with tempfile.NamedTemporaryFile("w", suffix=".conf", encoding="utf-8") as file:
            file.write(after)
            file.flush()
            run(module, ["--apply", file.name])
    module.exit_json(changed=True, changed_settings=changed, diff=diff)


if __name__ == "__main__":
    main()
