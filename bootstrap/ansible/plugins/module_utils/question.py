"""A question of the preflight, and what is wrong where the answer is no."""

from __future__ import annotations


class Problem:
    def __init__(self, code, what, fix):
        self.code = code
        self.what = what
        self.fix = fix


class Question:
    """`asks` is a row of preflight.yaml; `others` are what the controller knows: its clock, and a disk that is to become the data disk."""

    def __init__(self, machine, facts, asks, others):
        self.machine = machine
        self.facts = facts
        self.asks = asks
        self.others = others


def size(number):
    """Bytes for people: 7.6 GiB."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if number >= unit:
            return ("%.1f" % (number / unit)).rstrip("0").rstrip(".") + " " + name
    return "%d B" % number
