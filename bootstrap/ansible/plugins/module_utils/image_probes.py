"""Questions about what comes with the image of the board's maker: files, programs, power modes."""

from __future__ import annotations

from ansible_collections.fogline.edge.plugins.module_utils import nvpmodel
from ansible_collections.fogline.edge.plugins.module_utils.board_facts import NVPMODEL_CONF, version_in
from ansible_collections.fogline.edge.plugins.module_utils.question import Problem


def file(question):
    paths = [question.asks["path"]] + ([question.asks["or"]] if question.asks.get("or") else [])
    if any(question.machine.exists(path) for path in paths):
        return None
    return Problem("FL4119", "it has no %s" % " and no ".join(paths), "flash the image of the board's maker again")


def at_least(found, least):
    return [int(part) for part in found.split(".")] >= [int(part) for part in least.split(".")]


def program(question):
    name, least, package = question.asks["name"], question.asks["least"], question.asks.get("package")
    found = version_in(question.machine.run([name, "--version"]))
    if found is not None and at_least(found, least):
        return None
    # Before anything is changed it is enough that the machine could get it; afterwards it must be there.
    if package:
        offered = offered_version(question.machine.run(["apt-cache", "policy", package]))
        if offered is not None and at_least(offered, least):
            return None
    told = "it has no %s" % name if found is None else "its %s is version %s" % (name, found)
    return Problem("FL4119", "%s, at least %s is needed" % (told, least), "`apt-get update`, and the package source of the board's maker, so that %s can be installed" % (package or name))


def offered_version(printed):
    """The version that apt would install, from what `apt-cache policy` prints."""
    for line in (printed or "").splitlines():
        if line.strip().startswith("Candidate:"):
            return version_in(line)
    return None


def power_mode(question):
    text = question.machine.text(NVPMODEL_CONF)
    if text is None:
        return Problem("FL4119", "it has no %s" % NVPMODEL_CONF, "flash the image of the board's maker again")
    try:
        nvpmodel.choose_mode(nvpmodel.parse_modes(text)["modes"], question.asks["watts"], question.asks.get("uncappedFromWatts"))
    except ValueError as reason:
        return Problem("FL4119", "no power mode can be taken from %s: %s" % (NVPMODEL_CONF, reason), "state other watts as `power` in the fleet file and render")
    return None
