"""The settings in the EEPROM of a Raspberry Pi, as the text that `rpi-eeprom-config` reads and prints. Pure."""

from __future__ import annotations

# The section whose settings count on every board.
EVERY_BOARD = "[all]"


def sections_of(text):
    """[(section, key, value)] of a text; what stands before the first section counts on every board."""
    section, found = EVERY_BOARD, []
    for line in (one.strip() for one in text.splitlines()):
        if line.startswith("["):
            section = line.lower()
        elif "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.append((section, key.strip(), value.strip()))
    return found


def differing(text, settings):
    """The names of settings that do not hold, sorted: they are missing, have another value, or stand there twice or for some boards alone."""
    found = sections_of(text)
    held = {key: [(section, value) for section, name, value in found if name == key] for key in settings}
    return sorted(key for key, value in settings.items() if held[key] != [(EVERY_BOARD, value)])


def with_settings(text, settings):
    """The text with these settings, and everything else as it was."""
    kept = [line for line in text.splitlines() if line.partition("=")[0].strip() not in settings]
    last = next((line.strip().lower() for line in reversed(kept) if line.strip().startswith("[")), EVERY_BOARD)
    head = [] if last == EVERY_BOARD else [EVERY_BOARD]
    return "\n".join(kept + head + ["%s=%s" % one for one in sorted(settings.items())]) + "\n"
