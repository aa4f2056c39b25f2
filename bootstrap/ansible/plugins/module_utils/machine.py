"""How a machine is read: its files below a root, and what its programs print. Tests hand over another root and what programs would print there."""

from __future__ import annotations

import os
import subprocess

# A program that says nothing for so long is taken for one that is not there.
PROGRAM_SECONDS = 30


def run_program(command):
    """What a program prints, or None where it is missing, fails or hangs."""
    environment = dict(os.environ, LC_ALL="C")
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            universal_newlines=True,
            timeout=PROGRAM_SECONDS,
            check=False,
            env=environment,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


class Machine:
    """`run` takes a command as a list and gives what it prints, or None."""

    def __init__(self, root="/", run=run_program):
        self.root = root
        self.run = run

    def place(self, path):
        return os.path.join(self.root, path.lstrip("/"))

    def data(self, path):
        """The bytes of a file, or None: files of the kernel may be there and still not be readable."""
        try:
            with open(self.place(path), "rb") as file:
                return file.read()
        except OSError:
            return None

    def text(self, path):
        """The text of a file without what surrounds it, or None. What a device tree ends its strings with goes too."""
        data = self.data(path)
        return None if data is None else data.decode("utf-8", "replace").strip("\0 \t\r\n")

    def lines(self, path):
        return (self.text(path) or "").splitlines()

    def exists(self, path):
        return os.path.exists(self.place(path))

    def names(self, path):
        """What lies in a folder, sorted; nothing where there is none."""
        try:
            return sorted(os.listdir(self.place(path)))
        except OSError:
            return []


def settings_of(lines):
    """`name: value` or `NAME="value"` lines as a dictionary, the first of a name counts."""
    found = {}
    for line in lines:
        for separator in (":", "="):
            name, sign, value = line.partition(separator)
            if sign and " " not in name.strip() and name.strip() and name.strip() not in found:
                found[name.strip()] = value.strip().strip('"')
                break
    return found
