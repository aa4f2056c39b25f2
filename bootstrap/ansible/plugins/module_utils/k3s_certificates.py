"""When the certificates of a K3s end, and what to do about it. Runs on the machine by itself too: `fogline-k3s-certificates`, from a timer in the ring's window."""

from __future__ import annotations

import base64
import calendar
import glob
import json
import os
import subprocess
import sys
import time

# K3s renews at its start whatever ends within this many days: 120 since these versions, 90 before (docs.k3s.io/cli/certificate).
RENEWED_DAYS = 120
RENEWED_DAYS_BEFORE = 90
FIRST_WITH_120 = {30: 13, 31: 9, 32: 5, 33: 1}
SECONDS_A_DAY = 86400
REPORT = "/var/lib/fogline-k3s/certificates.json"


def renewed_within_days(version):
    """How many days before its end a start of this K3s renews a certificate. `version` is (1, minor, patch)."""
    _, minor, patch = version
    first = FIRST_WITH_120.get(minor)
    if minor > 33 or (first is not None and patch >= first):
        return RENEWED_DAYS
    return RENEWED_DAYS_BEFORE


def version_of(text):
    """(1, 30, 0) of `v1.30.0+k3s1`, also inside of a longer text; None where there is none."""
    for word in text.replace("(", " ").split():
        parts = word.lstrip("v").split("+")[0].split("-")[0].split(".")
        if word.startswith("v") and len(parts) == 3 and all(part.isdigit() for part in parts):
            return tuple(int(part) for part in parts)
    return None


def _element(data, at):
    """(tag, start of the content, end) of the DER element at an offset."""
    tag, length, at = data[at], data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, at = int.from_bytes(data[at:at + count], "big"), at + count
    return tag, at, at + length


def ends_at(pem):
    """The second of the epoch at which the first certificate of a PEM text ends; None where the text holds none. RFC 5280: UTCTime or GeneralizedTime."""
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    if begin not in pem or end not in pem:
        return None
    try:
        data = base64.b64decode(pem.split(begin, 1)[1].split(end, 1)[0])
        _, at, _ = _element(data, 0)  # Certificate
        _, at, _ = _element(data, at)  # TBSCertificate
        if data[at] == 0xA0:  # version
            at = _element(data, at)[2]
        for _ in range(3):  # serial number, algorithm, issuer
            at = _element(data, at)[2]
        _, at, _ = _element(data, at)  # validity
        at = _element(data, at)[2]  # notBefore
        tag, start, stop = _element(data, at)
        text = data[start:stop].decode("ascii")
        if tag == 0x17:
            text = ("20" if int(text[:2]) < 50 else "19") + text
        return calendar.timegm(time.strptime(text, "%Y%m%d%H%M%SZ"))
    except (ValueError, IndexError):
        return None


def survey(data_dir):
    """Every certificate that K3s renews, as {file: second of its end}. Authorities are left out: they last ten years, and renewing one is another matter."""
    found = {}
    for pattern in ("server/tls/*.crt", "server/tls/etcd/*.crt", "agent/*.crt"):
        for path in sorted(glob.glob(os.path.join(data_dir, pattern))):
            name = os.path.basename(path)
            if name.endswith("-ca.crt") or "-ca." in name or name.startswith(("server-ca", "client-ca")):
                continue
            try:
                with open(path, encoding="ascii", errors="replace") as file:
                    end = ends_at(file.read())
            except OSError:
                continue
            if end is not None:
                found[path] = end
    return found


def due(ends, now, within_days):
    """The files whose certificates end within so many days, soonest first."""
    return sorted((path for path, end in ends.items() if end - now < within_days * SECONDS_A_DAY), key=lambda path: (ends[path], path))


def _unit():
    for unit in ("k3s.service", "k3s-agent.service"):
        if os.path.exists("/etc/systemd/system/" + unit):
            return unit
    return None


def main(argv):
    """Reports, and with `--renew` restarts K3s where a certificate is due: K3s renews at its start alone, and what runs in pods goes on meanwhile."""
    ends = survey("/var/lib/rancher/k3s")
    told = subprocess.run(["/usr/local/bin/k3s", "--version"], stdout=subprocess.PIPE, universal_newlines=True, check=False).stdout
    within = renewed_within_days(version_of(told) or (1, 0, 0))
    now = time.time()
    unit, wanted = _unit(), due(ends, now, within)
    report = {"atSeconds": int(now), "renewedWithinDays": within, "endsAtSeconds": ends, "due": wanted}
    os.makedirs(os.path.dirname(REPORT), exist_ok=True)
    with open(REPORT + ".new", "w", encoding="utf-8") as file:
        json.dump(report, file, sort_keys=True)
    os.replace(REPORT + ".new", REPORT)
    for path in wanted:
        print("%s ends in %d days" % (path, (ends[path] - now) // SECONDS_A_DAY))
    if not wanted or unit is None or "--renew" not in argv:
        return 0
    print("restarting %s, which renews them" % unit)
    return subprocess.run(["systemctl", "restart", unit], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
