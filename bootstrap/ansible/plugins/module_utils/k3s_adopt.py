"""What is different between the K3s that a machine has and the one that the fleet wants, and what of it would lose data. Pure."""

from __future__ import annotations

# What a cluster is founded with: changing one later loses data, addresses or the cluster.
FOUNDED = ("cluster-cidr", "service-cidr", "cluster-dns", "cluster-domain", "datastore-endpoint", "data-dir", "egress-selector-mode", "flannel-backend")
DEFAULTS = {
    "cluster-cidr": "10.42.0.0/16",
    "service-cidr": "10.43.0.0/16",
    "cluster-dns": "10.43.0.10",
    "cluster-domain": "cluster.local",
    "data-dir": "/var/lib/rancher/k3s",
    "egress-selector-mode": "agent",
    "flannel-backend": "vxlan",
    "datastore-endpoint": "",
}
# Flags whose value follows after a space, where K3s is started with flags instead of a file.
SWITCHES = ("cluster-init", "secrets-encryption", "embedded-registry", "disable-network-policy", "disable-helm-controller", "debug", "protect-kernel-defaults")
SECRETS = ("token", "agent-token", "datastore-endpoint")


def flags_of(words):
    """The settings that a command line holds, lists where a flag is repeated."""
    found, at = {}, 0
    while at < len(words):
        word = words[at]
        at += 1
        if not word.startswith("--"):
            continue
        name, equals, value = word[2:].partition("=")
        if not equals:
            if name in SWITCHES or at >= len(words) or words[at].startswith("-"):
                value = True
            else:
                value, at = words[at], at + 1
        if name in found:
            before = found[name] if isinstance(found[name], list) else [found[name]]
            found[name] = before + [value]
        else:
            found[name] = value
    return found


def merged(files, flags):
    """What K3s makes of its files, in alphabetical order, and its flags: the last one wins, `key+` appends."""
    settings = {}
    for content in files:
        for key, value in (content or {}).items():
            if key.endswith("+"):
                before = settings.get(key[:-1], [])
                settings[key[:-1]] = (before if isinstance(before, list) else [before]) + (value if isinstance(value, list) else [value])
            else:
                settings[key] = value
    settings.update(flags)
    return settings


def shown(key, value):
    if key in SECRETS and value not in (None, ""):
        return "(not shown)"
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def datastore_of(settings, has_etcd):
    if settings.get("datastore-endpoint"):
        return "an external database"
    return "etcd" if has_etcd or settings.get("cluster-init") is True else "SQLite"


def wanted_datastore(settings):
    if settings.get("datastore-endpoint"):
        return "an external database"
    return "etcd" if settings.get("cluster-init") is True or "server" in settings else "SQLite"


def differences(found, wanted):
    """Sentences, one for each setting that will be another; `found` and `wanted` are settings of K3s."""
    lines = []
    for key in sorted(set(found) | set(wanted)):
        if key in ("token", "token-file", "agent-token"):
            continue
        before, after = found.get(key, DEFAULTS.get(key)), wanted.get(key, DEFAULTS.get(key))
        if isinstance(before, list) != isinstance(after, list):
            before, after = [[] if one is None else one if isinstance(one, list) else [one] for one in (before, after)]
        if isinstance(before, list):
            before, after = sorted(map(str, before)), sorted(map(str, after))
        if before != after:
            lines.append("%s is %s, and will be %s" % (key, shown(key, before), shown(key, after)))
    return lines


def losses(role, survey, settings, wanted):
    """Sentences, one for each change that would lose data or the cluster: these are refused. `survey` is what the module k3s_survey found."""
    problems = []
    if survey["role"] is not None and survey["role"] != role:
        problems.append("it is %s, and the fleet has it as %s" % (_role(survey["role"]), _role(role)))
    if role != "server" or not survey["has_data"]:
        return problems
    before, after = datastore_of(settings, survey["has_etcd"]), wanted_datastore(wanted)
    if before != after and not (before == "SQLite" and after == "etcd"):
        problems.append("its state is in %s, and the fleet wants %s: what is in the cluster would be left behind" % (before, after))
    for key in FOUNDED:
        had, wants = settings.get(key) or DEFAULTS[key], wanted.get(key) or DEFAULTS[key]
        if had != wants:
            problems.append("%s is %s, and cannot become %s in a cluster that has data" % (key, shown(key, had), shown(key, wants)))
    if wanted.get("secrets-encryption") is True and not survey["encrypts"]:
        problems.append(
            "its Secrets lie in clear, and switching secrets-encryption on takes steps of its own: "
            "`k3s secrets-encrypt enable`, a restart, `k3s secrets-encrypt rotate-keys`"
        )
    if survey["encrypts"] and wanted.get("secrets-encryption") is not True:
        problems.append("its Secrets are encrypted, and without secrets-encryption K3s could not read them")
    return problems


def _role(role):
    return "a server" if role == "server" else "an agent"


def version_problem(before, after):
    """Why a K3s of version `before` must not become `after`: both are (1, minor, patch). None where it may."""
    if before is None or before == after:
        return None
    if after < before:
        return "it runs v%d.%d.%d, and what a newer K3s has written an older one may not read" % before
    if after[1] - before[1] > 1:
        return "it runs v%d.%d.%d, and Kubernetes goes from one minor version to the next: take v%d.%d first" % (before + (before[0], before[1] + 1))
    return None


def foreign(survey, mark, asked, settings):
    """Why the machine is a node of another cluster; None where nothing says so."""
    known = asked["known_authority"]
    if mark.get("cluster") is not None and mark["cluster"] != asked["cluster"]:
        return "Fogline made it a node of cluster %s" % mark["cluster"]
    if survey["authority"] is not None and known is not None and survey["authority"] != known:
        return "it trusts another authority (%s...) than this cluster's (%s...)" % (survey["authority"][:12], known[:12])
    had, wants = settings.get("server"), asked["wanted"].get("server")
    if survey["has_data"] and had is not None and wants is not None and had != wants and known is None:
        return "it is joined to %s, and this cluster's first server is %s" % (had, wants)
    return None


def problems(survey, mark, version, asked):
    """
    Everything that speaks against going on, each with code and remedy. `asked` has role, wanted and settings of K3s, the wanted version, the cluster's
    name, known_authority and adopt.
    """
    found = []
    if not survey["default_route"]:
        found.append("FL4123: the machine has no default route, and K3s does not start without one. fix: add one; on a site without the internet a dummy will do, such as `ip route add default dev eth0`")
    if survey["role"] is None:
        return found
    settings, wanted = asked["settings"], asked["wanted"]
    why = foreign(survey, mark, asked, settings)
    if why is not None:
        found.append("FL4121: the machine is a node of another cluster than %s: %s. fix: correct its entry in the fleet file, or take K3s off it with the playbook uninstall-k3s.yml" % (asked["cluster"], why))
        return found
    for loss in losses(asked["role"], survey, settings, wanted):
        found.append("FL4123: K3s is left as it is: %s. fix: docs/k3s-nodes.md#adopting says what can be done for each" % loss)
    why = version_problem(version, asked["version"]) if asked["version"] is not None else None
    if why is not None:
        found.append("FL4129: K3s is left as it is: %s. fix: change `kubernetes.version` in the fleet file" % why)
    if not mark and not asked["adopt"]:
        lines = differences(settings, wanted)
        listed = "; ".join(lines) if lines else "its settings are those of the fleet already"
        found.append("FL4122: K3s is there, and Fogline did not install it: %s. fix: where that is what you want, run again with `--adopt` and the machine (for the playbook: `fogline_k3s_adopt=true`): data, token and running pods stay" % listed)
    return found
