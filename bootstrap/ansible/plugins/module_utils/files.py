"""Files of a machine, read and written so that one which loses power has the old text or the new one; and the notes of what has still to follow."""

from __future__ import annotations

import hashlib
import os
import tempfile

# Where is noted what has still to follow a change, for the next run to do where this one is ended.
PENDING_FOLDER = "/etc/fogline/pending"
# The system's own note that it wants to boot; it lies in memory, and a boot removes it.
REBOOT_REQUIRED = "/run/reboot-required"


def text_of(path):
    """The text of a file; None where there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def digest_of(path):
    """The SHA-256 of a file in hex; None where it cannot be read."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            for part in iter(lambda: file.read(1 << 20), b""):
                digest.update(part)
    except OSError:
        return None
    return digest.hexdigest()


def write_whole(path, content, mode, owner=None):
    """
    Writes text or bytes beside its place, for nobody else to read until it is whole, flushes it and moves it there. `owner` is (user, group) in numbers;
    without it the file is that of who writes it.
    """
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=".fogline-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if owner is not None:
            os.chown(beside, *owner)
        try:
            os.chmod(beside, mode)
        except PermissionError:
            # A boot partition is FAT and has no modes.
            pass
        os.replace(beside, path)
    except BaseException:
        if os.path.exists(beside):
            os.unlink(beside)
        raise
    sync(folder)


def sync(path):
    """Flushes a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def note_pending(after, folder=PENDING_FOLDER):
    """Notes what has to follow, before the change that it follows. True where it was not noted yet."""
    path = REBOOT_REQUIRED if after == "reboot" else os.path.join(folder, after)
    if os.path.exists(path):
        return False
    write_whole(path, "", 0o644)
    return True
