"""The power modes of a Jetson, as its own /etc/nvpmodel.conf lists them, and which of them the fleet file means."""

from __future__ import annotations

import re

HEADER = re.compile(r"^<\s*(POWER_MODEL|PM_CONFIG)\s+(.*?)\s*>\s*$")
WATTS = re.compile(r"(?:^|_)(\d+)W(?:_|$)")


def parse_modes(text):
    """
    {"modes": [{"id", "name", "watts", "uncapped", "cores"}], "default"}: a mode's watts are those in its name, as in MODE_15W_6CORE; MAXN has none and
    is uncapped. `cores` counts those that it leaves running, or is None where it does not say. Raises ValueError where there is no mode.
    """
    modes, default, current = [], None, None
    for line in text.splitlines():
        header = HEADER.match(line.strip())
        if header:
            fields = dict(part.split("=", 1) for part in header.group(2).split() if "=" in part)
            current = None
            if header.group(1) == "PM_CONFIG":
                if fields.get("DEFAULT", "").isdigit():
                    default = int(fields["DEFAULT"])
            elif fields.get("ID", "").isdigit() and fields.get("NAME"):
                name = fields["NAME"]
                watts = WATTS.search(name)
                current = {"id": int(fields["ID"]), "name": name, "watts": int(watts.group(1)) if watts else None, "uncapped": name.startswith("MAXN"), "cores": None}
                modes.append(current)
        elif current is not None:
            online = re.match(r"CPU_ONLINE\s+CORE_\d+\s+([01])\s*$", line.strip())
            if online:
                current["cores"] = (current["cores"] or 0) + int(online.group(1))
    if not modes:
        raise ValueError("it lists no power mode")
    return {"modes": modes, "default": default}


def choose_mode(modes, watts, uncapped_from_watts=None):
    """
    The mode that the fleet file means by its watts: the one with these, else MAXN where the watts are all that the board can draw, else the one with
    the most below. Of several with the same watts the one that leaves the most cores running, since reservations count on all of them. Raises
    ValueError where every mode takes more.
    """
    below = [mode for mode in modes if mode["watts"] is not None and mode["watts"] <= watts]
    exact = [mode for mode in below if mode["watts"] == watts]
    uncapped = [mode for mode in modes if mode["uncapped"]] if uncapped_from_watts is not None and watts >= uncapped_from_watts else []
    candidates = exact or uncapped or below
    if not candidates:
        raise ValueError("none of its modes (%s) is at or below %g W" % (", ".join(mode["name"] for mode in modes), watts))
    return min(candidates, key=lambda mode: (-(mode["watts"] or 0), -(mode["cores"] or 0), mode["id"]))


def active_id(printed):
    """The number of the active mode in what `nvpmodel -q` prints: the line after the one that names it. None where there is none."""
    lines = [line.strip() for line in (printed or "").splitlines()]
    for at, line in enumerate(lines[:-1]):
        if "NV Power Mode:" in line and lines[at + 1].isdigit():
            return int(lines[at + 1])
    return None


def asks_for_boot(printed):
    """Whether nvpmodel wants to boot before it changes to a mode: where cores or parts of the GPU go on or off."""
    return "reboot required" in printed.lower()


def stored_id(text):
    """The mode that the board boots with, as nvpmodel keeps it in its status file: `pmode:0002`."""
    found = re.match(r"pmode:(\d+)\s*(?:fmode:\S+)?\s*$", (text or "").strip())
    return int(found.group(1)) if found else None
