"""Makes the collection importable as Ansible does it, without Ansible: for tests of what its modules decide."""

import importlib.machinery
import os
import sys
import types

COLLECTION = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
REPOSITORY = os.path.dirname(os.path.dirname(COLLECTION))


def _package(name, path):
    module = types.ModuleType(name)
    module.__path__ = [path]
    module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
    sys.modules[name] = module


if "ansible_collections.fogline.edge" not in sys.modules:
    for _name in ("ansible_collections", "ansible_collections.fogline"):
        _package(_name, COLLECTION)
    _package("ansible_collections.fogline.edge", COLLECTION)
