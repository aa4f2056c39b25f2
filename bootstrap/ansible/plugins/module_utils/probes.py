"""
What the preflight asks, by the names in preflight.yaml. Each function gets a `Question` and gives None where the machine is right, else a `Problem`: the
code, what is, and what to do. Why it matters stands in preflight.yaml.
"""

from __future__ import annotations

from ansible_collections.fogline.edge.plugins.module_utils import hardware_probes, image_probes, kernel_probes, place_probes
from ansible_collections.fogline.edge.plugins.module_utils.question import Problem, Question

PROBES = {
    "board": hardware_probes.board,
    "architecture": hardware_probes.architecture,
    "userland": hardware_probes.userland,
    "possible-cpu-cores": hardware_probes.possible_cpu_cores,
    "memory": hardware_probes.memory,
    "page-size": kernel_probes.page_size,
    "cgroup-controller": kernel_probes.cgroup_controller,
    "kernel-module": kernel_probes.kernel_module,
    "file": image_probes.file,
    "program": image_probes.program,
    "power-mode": image_probes.power_mode,
    "file-system-label": place_probes.file_system_label,
    "disk": place_probes.disk,
    "membership": place_probes.membership,
    "clock": place_probes.clock,
    "clock-synchronised": place_probes.clock_synchronised,
    "default-route": place_probes.default_route,
}


def ask(machine, facts, probes, when, others):
    """
    The answers to all probes of a moment (`first` or `after-boot`): [{"probe", "severity", "ok", "code", "message"}]. A probe that is not known here is
    a problem, never skipped: the files were rendered by a newer version.
    """
    answers = []
    for asks in probes:
        if asks["when"] != when:
            continue
        probe = PROBES.get(asks["probe"])
        problem = (
            probe(Question(machine, facts, asks, others))
            if probe
            else Problem("FL4119", "the collection does not know how to ask for %s" % asks["probe"], "use the collection of the commit that rendered the files")
        )
        answer = {"probe": asks["probe"], "severity": asks["severity"], "ok": problem is None}
        if problem is not None:
            answer["code"] = problem.code
            answer["message"] = "%s: %s; %s. fix: %s" % (problem.code, problem.what, asks["why"], problem.fix)
        answers.append(answer)
    return answers
