"""Finds a release of K3s in a folder of the controller, and checks it before anything goes to a machine."""

from __future__ import annotations

import glob
import hashlib
import os

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

# What a machine calls itself, K3s' name of its files, and the one of its binary.
ARCHITECTURES = {"x86_64": ("amd64", "k3s"), "aarch64": ("arm64", "k3s-arm64"), "armv7l": ("arm", "k3s-armhf")}


def digest_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for part in iter(lambda: file.read(1 << 20), b""):
            digest.update(part)
    return digest.hexdigest()


def sums_of(text):
    """{file: SHA-256} of a list as sha256sum writes it."""
    lines = [line.split() for line in text.splitlines()]
    return {line[1].lstrip("*"): line[0].lower() for line in lines if len(line) == 2}


class ActionModule(ActionBase):
    """Takes `folder`, `version`, `machine` (as uname says it), and `sums`, the text of the release's list where the files are at a mirror."""

    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars or {})
        args = self._task.args
        version, machine = args["version"], args["machine"]
        if machine not in ARCHITECTURES:
            raise AnsibleActionFail("FL4120: K3s has no release for %s. fix: take a board that is %s" % (machine, " or ".join(ARCHITECTURES)))
        architecture, binary = ARCHITECTURES[machine]
        result.update(changed=False, binary=binary, architecture=architecture, sums_file="sha256sum-%s.txt" % architecture)
        if args.get("sums"):
            sums = sums_of(args["sums"])
            if binary not in sums:
                raise AnsibleActionFail("FL4120: the list of the release %s names no %s. fix: look at what the mirror answers" % (version, binary))
            result.update(sha256=sums[binary])
            return result
        if not args.get("folder"):
            return result
        folder = os.path.expanduser(args["folder"])
        if os.path.isdir(os.path.join(folder, version)):
            folder = os.path.join(folder, version)
        result.update(self.checked(folder, version, architecture, binary))
        return result

    @staticmethod
    def checked(folder, version, architecture, binary):
        path, listed = os.path.join(folder, binary), os.path.join(folder, "sha256sum-%s.txt" % architecture)
        lacking = [one for one in (path, listed) if not os.path.isfile(one)]
        if lacking:
            raise AnsibleActionFail("FL4120: %s does not exist on this machine. fix: fetch %s of the K3s release %s" % (" and ".join(lacking), " and ".join(map(os.path.basename, lacking)), version))
        with open(listed, encoding="utf-8") as file:
            sums = sums_of(file.read())
        images = sorted(glob.glob(os.path.join(folder, "k3s-airgap-images-%s.tar*" % architecture)))
        problems, digests = [], {}
        for one in [path] + images[:1]:
            digests[one], name = digest_of(one), os.path.basename(one)
            if name not in sums:
                problems.append("FL4120: %s is not in %s. fix: fetch both from the same release" % (name, listed))
            elif sums[name] != digests[one]:
                problems.append("FL4120: %s has SHA-256 %s, and %s says %s. fix: fetch it anew" % (one, digests[one], os.path.basename(listed), sums[name]))
        if problems:
            raise AnsibleActionFail("\n".join(problems))
        found = {"path": path, "sha256": digests[path]}
        if images:
            found.update(images_path=images[0], images_sha256=digests[images[0]], images_name="fogline-" + os.path.basename(images[0]))
        return found
