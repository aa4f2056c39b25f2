"""What a table of mounts says. Pure: text in, text out."""

from __future__ import annotations

import re


def with_options(table, path, options):
    """The text of /etc/fstab with `options` added to the mount at `path`; None where the table does not have it. Spaces and comments stay."""
    found = False
    lines = []
    for line in table.split("\n"):
        match = re.match(r"^(\s*[^#\s]\S*\s+(\S+)\s+\S+\s+)(\S+)(.*)$", line)
        if match is None or match.group(2) != path:
            lines.append(line)
            continue
        found = True
        there = match.group(3).split(",")
        # What says the contrary goes: of noatime and relatime the kernel takes the last.
        contrary = {"noatime": ["atime", "relatime", "strictatime"]}
        kept = [option for option in there if option not in [word for wanted in options for word in contrary.get(wanted, [])]]
        lines.append(match.group(1) + ",".join(kept + [option for option in options if option not in kept]) + match.group(4))
    return "\n".join(lines) if found else None


def mounted_options(mounts, path):
    """The options of the last mount at `path`, as /proc/self/mounts has them."""
    options = []
    for line in mounts.split("\n"):
        fields = line.split(" ")
        if len(fields) > 3 and fields[1] == path:
            options = fields[3].split(",")
    return options
