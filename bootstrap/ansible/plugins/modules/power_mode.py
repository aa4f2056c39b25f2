#!/usr/bin/python
"""Sets the power mode of a Jetson by its watts, with the board's own list of modes."""

from __future__ import annotations

DOCUMENTATION = r"""
module: power_mode
short_description: Set the power mode of a Jetson by its watts
description:
  - Looks the mode up in the board's own list, asks C(nvpmodel) which one is active, and changes it only where that is another one.
  - Some modes need a boot, for which C(nvpmodel) asks on the terminal. Then the mode is stored where C(nvpmodel) reads it at boot, and
    C(/run/reboot-required) says so, as Debian's packages do.
  - Clocks that a unit holds at the maximum of the old mode are held anew.
options:
  watts:
    description: What the board may draw.
    type: float
    required: true
  uncapped_from_watts:
    description: From how many watts on a mode without a limit is meant.
    type: float
  config:
    description: The board's list of modes.
    type: path
    default: /etc/nvpmodel.conf
  status:
    description: Where C(nvpmodel) keeps the mode that the board boots with.
    type: path
    default: /var/lib/nvpmodel/status
  clocks_unit:
    description: The unit that holds the clocks, if there is one.
    type: str
    default: fogline-clocks.service
  pending_folder:
    description: Where is noted what has still to follow.
    type: path
    default: /etc/fogline/pending
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Set the power mode
  fogline.edge.power_mode:
    watts: 25
    uncapped_from_watts: 40
"""

RETURN = r"""
mode:
  description: The mode that was chosen.
  returned: always
  type: dict
reboot:
  description: Whether the mode has an effect only after a boot.
  returned: always
  type: bool
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fogline.edge.plugins.module_utils.files import PENDING_FOLDER, REBOOT_REQUIRED, note_pending, text_of, write_whole
from ansible_collections.fogline.edge.plugins.module_utils.nvpmodel import active_id, asks_for_boot, choose_mode, parse_modes, stored_id

PENDING = "set-power-mode"


class Board:
    """The board's nvpmodel, and what follows a change. Its methods may be called again after a run that was ended anywhere."""

    def __init__(self, module):
        self.module = module
        self.pending = os.path.join(module.params["pending_folder"], PENDING)

    def active(self):
        code, printed, error = self.module.run_command(["nvpmodel", "-q"])
        found = active_id(printed)
        if code != 0 or found is None:
            self.module.fail_json(msg="FL4119: `nvpmodel -q` does not name the active power mode: %s. fix: see whether nvpmodel.service runs" % (printed + error).strip())
        return found

    def switch(self, mode):
        """True where the mode has an effect at once; else it is stored for the next boot, which is noted first."""
        # What nvpmodel asks on the terminal is answered with no: the boot is the role's, after everything else that needs one.
        code, printed, error = self.module.run_command(["nvpmodel", "-m", str(mode["id"])], data="NO\n")
        if asks_for_boot(printed + error):
            note_pending("reboot")
            write_whole(self.module.params["status"], "pmode:%04d\n" % mode["id"], 0o644)
            return False
        if code != 0 or self.active() != mode["id"]:
            self.module.fail_json(msg="FL4119: `nvpmodel -m %d` did not set the mode %s: %s. fix: set it by hand on the board and see what it says" % (mode["id"], mode["name"], (printed + error).strip()))
        return True

    def follow(self):
        """Holds the clocks anew, if a unit does, and takes the note away, last."""
        unit = self.module.params["clocks_unit"]
        code, _, _ = self.module.run_command(["systemctl", "is-active", "--quiet", unit])
        if code == 0:
            self.module.run_command(["systemctl", "restart", unit], check_rc=True)
        if os.path.exists(self.pending):
            os.unlink(self.pending)


def chosen_mode(module):
    path = module.params["config"]
    text = text_of(path)
    try:
        if text is None:
            raise ValueError("it is not there")
        return choose_mode(parse_modes(text)["modes"], module.params["watts"], module.params["uncapped_from_watts"])
    except ValueError as reason:
        module.fail_json(msg="FL4119: no power mode can be taken from %s: %s. fix: correct `power` in the fleet file, or flash the board's image again" % (path, reason))


def main():
    module = AnsibleModule(
        argument_spec={
            "watts": {"type": "float", "required": True},
            "uncapped_from_watts": {"type": "float"},
            "config": {"type": "path", "default": "/etc/nvpmodel.conf"},
            "status": {"type": "path", "default": "/var/lib/nvpmodel/status"},
            "clocks_unit": {"type": "str", "default": "fogline-clocks.service"},
            "pending_folder": {"type": "path", "default": PENDING_FOLDER},
        },
        supports_check_mode=True,
    )
    mode = chosen_mode(module)
    board = Board(module)
    active = board.active()
    if active == mode["id"]:
        if os.path.exists(board.pending) and not module.check_mode:
            board.follow()
        module.exit_json(changed=False, mode=mode, reboot=False)
    if stored_id(text_of(module.params["status"])) == mode["id"]:
        # An earlier run stored it, and the board has not booted since.
        noted = not os.path.exists(REBOOT_REQUIRED) if module.check_mode else note_pending("reboot")
        module.exit_json(changed=noted, mode=mode, reboot=True)
    if module.check_mode:
        module.exit_json(changed=True, mode=mode, reboot=False)
    note_pending(PENDING, module.params["pending_folder"])
    at_once = board.switch(mode)
    board.follow()
    module.exit_json(changed=True, mode=mode, reboot=not at_once)


if __name__ == "__main__":
    main()
