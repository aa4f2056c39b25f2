import { TOKEN_FILE } from "./cloud-init.ts";
import type { FirstBootFile, FirstBootInputs } from "./inputs.ts";
import { siteOf, staticAddress } from "./network.ts";

/** The script that a Jetson runs once, from `fogline-first-boot.service`. */
const SCRIPT = "/usr/local/lib/fogline/first-boot";

/** A text as one word of a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * What cloud-init does elsewhere, and NVIDIA's image has nothing for: the user, who may sign in, the time zone. Every step may be done again, so that
 * power may fail at any of them.
 */
const script = ({ fleet, device }: FirstBootInputs): string => {
  const { user } = fleet.access;
  return `#!/bin/sh
# Made by \`fogline device image\` for ${device.id}. Runs once, at the first boot.
set -eu
user=${quoted(user)}
id "$user" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$user"
for group in adm sudo; do
  ! getent group "$group" >/dev/null || usermod --append --groups "$group" "$user"
done
passwd --lock "$user" >/dev/null
home=$(getent passwd "$user" | cut -d: -f6)
install -d -m 0700 -o "$user" -g "$user" "$home/.ssh"
install -m 0600 -o "$user" -g "$user" /etc/fogline/authorized_keys "$home/.ssh/authorized_keys"
hostnamectl set-hostname ${quoted(device.id)}
# sudo looks for its own name, and waits where nobody knows it.
grep -qw ${quoted(device.id)} /etc/hosts || echo ${quoted(`127.0.1.1 ${device.id}`)} >> /etc/hosts
timedatectl set-timezone ${quoted(siteOf(fleet, device).timeZone)}
# The image brings host keys of its own, the same on every board that is flashed from it.
find /etc/ssh -maxdepth 1 -name 'ssh_host_*' ! -name 'ssh_host_ed25519_key*' -delete
systemctl enable ssh.service
systemctl restart ssh.service
mkdir -p /var/lib/fogline-first-boot
touch /var/lib/fogline-first-boot/done
`;
};

const unit = `# Made by \`fogline device image\`.
[Unit]
Description=Fogline: what this machine is told at its first boot
ConditionPathExists=!/var/lib/fogline-first-boot/done
After=local-fs.target dbus.service
Before=fogline-agent.service

[Service]
Type=oneshot
ExecStart=${SCRIPT}
RemainAfterExit=true
TimeoutStartSec=120

[Install]
WantedBy=multi-user.target
`;

/** NetworkManager's own form, which Jetson Linux has: the first wired card, by DHCP or with the stated address. */
const connection = ({ fleet, device }: FirstBootInputs): string => {
  const stated = staticAddress(fleet, device);
  const ipv4 =
    stated === undefined
      ? ["method=auto"]
      : [
          "method=manual",
          `address1=${stated.address}${stated.gateway === undefined ? "" : `,${stated.gateway}`}`,
          ...(stated.nameservers.length === 0 ? [] : [`dns=${stated.nameservers.join(";")};`]),
        ];
  const card = device.mac === undefined ? [] : ["", "[ethernet]", `mac-address=${device.mac.toUpperCase()}`];
  return [
    "[connection]",
    "id=fogline",
    "type=ethernet",
    "autoconnect-priority=10",
    ...card,
    "",
    "[ipv4]",
    ...ipv4,
    "",
    "[ipv6]",
    "method=auto",
    "",
  ].join("\n");
};

/** What is laid into `Linux_for_Tegra/rootfs` before it is flashed. */
export const jetsonOverlay = (inputs: FirstBootInputs): readonly FirstBootFile[] => {
  const { fleet, device, keys, hostKey, token } = inputs;
  const { timeServers } = siteOf(fleet, device);
  const files: FirstBootFile[] = [
    { path: "etc/hostname", text: `${device.id}\n`, mode: "0644" },
    { path: "etc/fogline/authorized_keys", text: keys.map((key) => `${key}\n`).join(""), mode: "0644" },
    { path: "etc/ssh/ssh_host_ed25519_key", text: hostKey.privateKey, mode: "0600" },
    { path: "etc/ssh/ssh_host_ed25519_key.pub", text: `${hostKey.publicKey}\n`, mode: "0644" },
    {
      path: "etc/ssh/sshd_config.d/10-fogline.conf",
      text: "HostKey /etc/ssh/ssh_host_ed25519_key\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin no\n",
      mode: "0644",
    },
    { path: `etc/sudoers.d/90-fogline`, text: `${fleet.access.user} ALL=(ALL) NOPASSWD:ALL\n`, mode: "0600" },
    { path: "etc/NetworkManager/system-connections/fogline.nmconnection", text: connection(inputs), mode: "0600" },
    { path: "etc/systemd/system/fogline-first-boot.service", text: unit, mode: "0644" },
    { path: SCRIPT.slice(1), text: script(inputs), mode: "0755" },
  ];
  if (timeServers.length > 0)
    files.push({ path: "etc/systemd/timesyncd.conf.d/fogline.conf", text: `[Time]\nNTP=${timeServers.join(" ")}\n`, mode: "0644" });
  if (token !== undefined) files.push({ path: TOKEN_FILE.slice(1), text: `${token}\n`, mode: "0600" });
  return files.map((file) => ({ ...file, path: `rootfs/${file.path}` }));
};
