import type { FirstBootFile } from "./inputs.ts";

/** The service by which a board that no slot claims is found (RFC 6763). */
export const SERVICE_TYPE = "_fogline._tcp";
/** What the board says of itself, in this order; its proof is over exactly these, one a line. */
export const announcedKeys = ["serial", "mac", "model", "memory", "arch", "key"] as const;
export type AnnouncedKey = (typeof announcedKeys)[number];

export const INVITATION_FILE = "/etc/fogline/invitation";
const SCRIPT = "/usr/local/lib/fogline/announce";

/**
 * What an announcing board runs at every boot. Python, because cloud-init is written in it: it is on every image that has one. It writes a service file for the
 * responder that the image has, Avahi (Raspberry Pi OS) or systemd-resolved (Ubuntu), and takes it away once provisioning was there. FOGLINE_ROOT puts all
 * paths below a folder, for trying it.
 */
const script = `#!/usr/bin/python3
# Made by \`fogline device image --unclaimed\`. Says on the local network what this board is, until it is a device of the fleet.
import base64, hashlib, hmac, os, pathlib, platform, re, subprocess
from xml.sax.saxutils import escape

root = pathlib.Path(os.environ.get("FOGLINE_ROOT", "/"))
live = str(root) == "/"


def read(*paths):
    for path in paths:
        try:
            text = (root / path).read_text(errors="replace").strip("\\0\\n ")
        except OSError:
            continue
        if text and text.lower() not in ("none", "default string", "to be filled by o.e.m.", "system serial number"):
            return text
    return ""


def plain(text):
    return re.sub(r"[^ -~]", "", text).replace('"', "").replace("\\\\", "").strip()[:120]


def first_mac():
    cards = []
    for card in sorted((root / "sys/class/net").iterdir()) if (root / "sys/class/net").is_dir() else []:
        if (card / "device").exists() and read(f"sys/class/net/{card.name}/type") == "1":
            cards.append((card.name.startswith("w"), card.name, read(f"sys/class/net/{card.name}/address").lower()))
    return min(cards)[2] if cards else ""


def memory_mib():
    found = re.search(r"^MemTotal:\\s+(\\d+) kB", read("proc/meminfo"), re.M)
    return str(int(found.group(1)) // 1024) if found else ""


def remove(*paths):
    for path in paths:
        (root / path).unlink(missing_ok=True)


avahi, dnssd, resolved = "etc/avahi/services/fogline.service", "etc/systemd/dnssd/fogline.dnssd", "etc/systemd/resolved.conf.d/fogline-announce.conf"
if (root / "etc/fogline/preflight.yaml").exists():
    remove(avahi, dnssd, resolved, "${INVITATION_FILE.slice(1)}")
    raise SystemExit(0)

mac = first_mac()
arch = os.environ.get("FOGLINE_MACHINE", platform.machine())
said = {
    "serial": plain(read("proc/device-tree/serial-number", "sys/class/dmi/id/product_serial")) or mac.replace(":", ""),
    "mac": mac,
    "model": plain(read("proc/device-tree/model", "sys/class/dmi/id/product_name")),
    "memory": memory_mib(),
    "arch": {"aarch64": "arm64", "x86_64": "amd64"}.get(arch, arch),
    "key": (read("etc/ssh/ssh_host_ed25519_key.pub").split() + ["", ""])[1],
}
invitation = read("${INVITATION_FILE.slice(1)}").split()
proof = hmac.new(bytes.fromhex(invitation[1]), "\\n".join(said.values()).encode(), hashlib.sha256).hexdigest()
said |= {"state": "unclaimed", "invitation": invitation[0], "proof": proof}
digest = base64.b64encode(hashlib.sha256(base64.b64decode(said["key"])).digest()).decode().rstrip("=")
name = f"fogline-{said['serial']}"


def write(path, text):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


if (root / "etc/avahi").is_dir():
    records = "".join(f"    <txt-record>{escape(f'{key}={value}')}</txt-record>\\n" for key, value in said.items())
    write(avahi, f"""<?xml version="1.0" standalone="no"?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group>
  <name>{escape(name)}</name>
  <service>
    <type>${SERVICE_TYPE}</type>
    <port>22</port>
{records}  </service>
</service-group>
""")
else:
    text = " ".join(f'"{key}={value}"' for key, value in said.items()).replace("%", "%%")
    write(dnssd, f"[Service]\\nName={name}\\nType=${SERVICE_TYPE}\\nPort=22\\nTxtText={text}\\n")
    write(resolved, "[Resolve]\\nMulticastDNS=yes\\n")
    if live:
        subprocess.run(["systemctl", "restart", "systemd-resolved"], check=False)
        for card in os.listdir("/sys/class/net"):
            if card != "lo":
                subprocess.run(["resolvectl", "mdns", card, "yes"], check=False)
print(f"serial {said['serial']}  host key SHA256:{digest}")
`;

const unit = `[Unit]
Description=Fogline: announce this board until a slot claims it
Wants=network-online.target
After=network-online.target ssh.service
ConditionPathExists=${INVITATION_FILE}

[Service]
Type=oneshot
ExecStart=${SCRIPT}
StandardOutput=journal+console
ProtectSystem=strict
ReadWritePaths=/etc
ProtectHome=true
NoNewPrivileges=true
TimeoutStartSec=60

[Install]
WantedBy=multi-user.target
`;

/** What a card says that is no device's: by which invitation it is known, and the secret that proves it. */
export interface Invitation {
  /** Eight hexadecimal digits. */
  readonly id: string;
  /** 32 bytes, hexadecimal. */
  readonly secret: string;
}

/** The files with which a board announces itself. */
export const announcementFiles = ({ id, secret }: Invitation): readonly FirstBootFile[] => [
  { path: INVITATION_FILE, text: `${id} ${secret}\n`, mode: "0600" },
  { path: SCRIPT, text: script, mode: "0755" },
  { path: "/etc/systemd/system/fogline-announce.service", text: unit, mode: "0644" },
];
