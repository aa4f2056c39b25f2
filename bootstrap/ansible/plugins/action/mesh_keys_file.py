"""Writes the public key of a machine into the file of the repository that `fogline render` makes peers of."""

from __future__ import annotations

import fcntl
import os
import tempfile

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.fogline.edge.plugins.module_utils.mesh import with_key


class ActionModule(ActionBase):
    """Takes `file`, `device` and `key`. One process a machine runs at once, so the folder is locked and the file replaced as a whole."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        path, device, key = (self._task.args.get(name) for name in ("file", "device", "key"))
        if not path or not device or not key:
            raise AnsibleActionFail("file, device and key are needed")
        folder = os.path.dirname(os.path.abspath(path))
        if not self._task.check_mode:
            os.makedirs(folder, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY) if os.path.isdir(folder) else None
        try:
            if lock is not None:
                fcntl.flock(lock, fcntl.LOCK_EX)
            before = ""
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    before = file.read()
            after = with_key(before, device, key)
            if after != before and not self._task.check_mode:
                handle, beside = tempfile.mkstemp(prefix=".wireguard-", dir=folder)
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(after)
                os.chmod(beside, 0o644)
                os.replace(beside, path)
        finally:
            if lock is not None:
                os.close(lock)
        result.update(changed=after != before, diff={"before_header": path, "after_header": path, "before": before, "after": after})
        return result
