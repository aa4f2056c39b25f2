"""Questions about the board itself: which it is, its architecture, cores and memory."""

from __future__ import annotations

from ansible_collections.fogline.edge.plugins.module_utils.board_identity import BOARDS, is_board
from ansible_collections.fogline.edge.plugins.module_utils.question import Problem, size


def named(board):
    told = board["model"] or board["maker"] or "a machine without a name"
    return "%s (%s)" % (told, ", ".join(board["compatible"])) if board["compatible"] else told


def board(question):
    found, wanted = question.facts["board"], question.asks["is"]
    if wanted not in BOARDS:
        return Problem("FL4119", "the collection has no board %s" % wanted, "use the collection of the commit that rendered the files")
    if is_board(found, wanted):
        sold, named_size = found["sold_memory_bytes"], BOARDS[wanted]["memory_bytes"]
        if sold is None or sold == named_size:
            return None
        return Problem(
            "FL4113",
            "it is %s with %s of memory, the fleet says %s, which has %s" % (named(found), size(sold), wanted, size(named_size)),
            "state `hardware: %s` in the fleet file and render" % found["name"] if found["name"] else "put the right board into the slot",
        )
    if not found["model_known"]:
        return Problem("FL4111", "it is %s, a board that Fogline does not know; the fleet says %s" % (named(found), wanted), "look what answers at this address")
    return Problem(
        "FL4113",
        "it is %s, the fleet says %s" % (named(found), wanted),
        "put the right board into the slot, or state %s in the fleet file and render" % ("`hardware: %s`" % found["name"] if found["name"] else "its hardware"),
    )


def architecture(question):
    found, wanted = question.facts["kernel"]["architecture"], question.asks["is"]
    if found == wanted:
        return None
    return Problem("FL4114", "its kernel is of %s, not %s" % (found, wanted), "flash an image of %s" % wanted)


def userland(question):
    found, wanted = question.facts["userland"], question.asks["is"]
    if found == wanted:
        return None
    running = question.facts["kernel"]["architecture"]
    trap = ", although its kernel is of %s" % running if running == wanted else ""
    return Problem("FL4114", "its programs are of %s, not %s%s" % (found or "no architecture that can be read", wanted, trap), "flash the 64-bit image: a 64-bit kernel alone is not enough")


def possible_cpu_cores(question):
    found, least = question.facts["possible_cores"], question.asks["least"]
    if found >= least:
        return None
    return Problem("FL4113", "it has %d cores, not %d" % (found, least), "correct `hardware` in the fleet file, or take `maxcpus` or `nr_cpus` out of the kernel's command line")


def memory(question):
    found, least = question.facts["memory"]["bytes"], question.asks["leastBytes"]
    if found >= least:
        return None
    sold = question.facts["board"]["sold_memory_bytes"]
    hidden = sold is not None and sold >= least
    return Problem(
        "FL4113",
        "its kernel has %s of memory, at least %s are expected" % (size(found), size(least)),
        "take `total_mem` out of config.txt and `mem=` out of the kernel's command line" if hidden else "correct `hardware` in the fleet file and render",
    )
