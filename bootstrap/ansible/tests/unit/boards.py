"""Boards for tests: a fixture laid out in a folder, changed where a test says so, read as the module reads a machine."""

import os
import shutil
import sys
import tempfile

import collection

sys.path.insert(0, os.path.join(collection.REPOSITORY, "test/bootstrap/fixtures"))

import lay  # noqa: E402
from ansible_collections.fogline.edge.plugins.module_utils.board_facts import facts_of  # noqa: E402
from ansible_collections.fogline.edge.plugins.module_utils.machine import Machine  # noqa: E402
from ansible_collections.fogline.edge.plugins.module_utils.probes import ask  # noqa: E402

NOW = 1_760_000_000.0
ALL = sorted(name[: -len(".json")] for name in os.listdir(os.path.join(lay.FIXTURES, "boards")))


class Board:
    """A laid out fixture. `answers` are what its programs print, by name; a program without one is not installed."""

    def __init__(self, test, name, answers=None):
        self.folder = tempfile.mkdtemp(prefix="fogline-board-")
        test.addCleanup(shutil.rmtree, self.folder)
        self.answers = {**lay.lay(name, self.folder), **(answers or {})}
        self.clock_seconds = NOW

    def write(self, path, content):
        """Replaces a file; None removes it."""
        place = os.path.join(self.folder, path.lstrip("/"))
        if content is None:
            os.unlink(place)
            return self
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return self

    def machine(self):
        return Machine(self.folder, run=lambda command: self.answers.get(command[0]))

    def facts(self):
        return facts_of(self.machine(), self.clock_seconds)

    def ask(self, probes, when="first", **others):
        """The answers to probes; severity, moment and reason are filled in where a test does not care."""
        whole = [{"severity": "error", "when": when, "why": "it matters", **probe} for probe in probes]
        return ask(self.machine(), self.facts(), whole, when, {"controller_seconds": NOW, **others})

    def problem(self, when="first", **probe):
        """Code and text of what one probe finds, or None."""
        others = {name: probe.pop(name) for name in ("controller_seconds", "data_disk") if name in probe}
        answer = self.ask([probe], when, **others)[0]
        return None if answer["ok"] else answer["message"]


def rendered(device):
    """The probes that `fogline render` wrote for a device of the example; the file is read without a YAML library, as it has one shape."""
    probes = []
    with open(os.path.join(collection.REPOSITORY, "bootstrap/generated", device, "preflight.yaml"), encoding="utf-8") as file:
        for line in file:
            if line.startswith("  - "):
                probes.append({})
                line = "    " + line[4:]
            if line.startswith("    ") and probes:
                name, _, value = line.strip().partition(": ")
                probes[-1][name] = int(value) if value.isdigit() else value.strip("'")
    return probes
