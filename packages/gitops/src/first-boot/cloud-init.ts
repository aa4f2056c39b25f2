import type { Fleet, Site } from "@fogline/fleet";
import { yamlText } from "@fogline/manifests";
import { type FirstBootFile, type FirstBootInputs, instanceId } from "./inputs.ts";
import { networkConfig, siteOf } from "./network.ts";
import { firstBootWay } from "./way.ts";

/** Where the agent's service looks for its token once. */
export const TOKEN_FILE = "/etc/fogline/enrolment.token";

/** Where Raspberry Pi OS and Ubuntu mount the partition from which they read user-data. */
const seedFolders = ["/boot/firmware", "/boot"];

/**
 * What Raspberry Pi OS does beside cloud-init and against it: one service replaces the host keys, before or after cloud-init wrote ours, and one
 * waits at the screen for somebody to make a user. Neither exists elsewhere. Stopping takes back the start that the boot has queued already; masking alone would
 * not, and fails where a unit lies in /etc.
 */
export const quietPi: readonly string[] = [
  "sh",
  "-c",
  "for unit in regenerate_ssh_host_keys userconfig; do for verb in stop disable mask; do systemctl $verb $unit.service >/dev/null 2>&1 || true; done; done",
];

/** Takes the secrets off the boot partition, which every user of the machine can read, once they are where they belong. */
export const wipe = (withNetwork: boolean): readonly string[] => {
  const empty = (name: string, text: string) => `[ ! -f "$seed/${name}" ] || printf '${text}' > "$seed/${name}"`;
  const files = [empty("user-data", "#cloud-config\\n{}\\n"), ...(withNetwork ? [empty("network-config", "network: { version: 2 }\\n")] : [])];
  return ["sh", "-c", `for seed in ${seedFolders.join(" ")}; do ${files.join("; ")}; done; sync`];
};

/** A machine's name. cloud-init leaves /etc/hosts alone: at each boot it would write over what provisioning makes of it. */
export const named = (name: string): Record<string, unknown> => ({ hostname: name, manage_etc_hosts: false });

/** An entry of write_files: sudo looks for the machine's own name, and waits where nobody knows it. */
export const hostsLine = (name: string) => ({ path: "/etc/hosts", append: true, permissions: "0644", content: `127.0.1.1 ${name}\n` });

/** What every machine is told, claimed or not. */
export const commonUserData = (fleet: Fleet, { timeServers, timeZone }: Site, keys: readonly string[]): Record<string, unknown> => ({
  timezone: timeZone,
  locale: "C.UTF-8",
  users: [
    {
      name: fleet.access.user,
      gecos: "Fogline",
      groups: "adm, sudo",
      shell: "/bin/bash",
      sudo: "ALL=(ALL) NOPASSWD:ALL",
      lock_passwd: true,
      ssh_authorized_keys: [...keys],
    },
  ],
  disable_root: true,
  ssh_pwauth: false,
  ...(timeServers.length === 0 ? {} : { ntp: { enabled: true, servers: [...timeServers] } }),
  growpart: { mode: "auto", devices: ["/"] },
  resize_rootfs: true,
  // Packages change when provisioning says so, inside the ring's window.
  package_update: false,
  package_upgrade: false,
});

const userData = (inputs: FirstBootInputs): string => {
  const { fleet, device, hostKey, token, keys, wifi } = inputs;
  const pi = firstBootWay(device) === "pi";
  return cloudConfig(device.id, {
    ...named(device.id),
    ...commonUserData(fleet, siteOf(fleet, device), keys),
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
    write_files: [
      hostsLine(device.id),
      ...(token === undefined ? [] : [{ path: TOKEN_FILE, owner: "root:root", permissions: "0600", content: `${token}\n` }]),
    ],
    ...(pi ? { bootcmd: [[...quietPi]] } : {}),
    // Raspberry Pi OS leaves SSH off.
    runcmd: [["systemctl", "enable", "--now", "ssh"], [...wipe(wifi !== undefined)]],
  });
};

/** The text of user-data. Its first line is how cloud-init knows what it is. */
export const cloudConfig = (subject: string, config: Record<string, unknown>): string =>
  `#cloud-config\n# Made by \`fogline device image\` for ${subject}. Keep it as you keep a password: it holds a private key.\n${yamlText(config)}`;

/** What cloud-init reads for one machine: NoCloud's three files. */
export const cloudInitFiles = (inputs: FirstBootInputs): readonly FirstBootFile[] => {
  const { device, instance } = inputs;
  return [
    { path: "user-data", text: userData(inputs), mode: "0600" },
    { path: "meta-data", text: yamlText({ "instance-id": instanceId(device.id, instance), "local-hostname": device.id }), mode: "0600" },
    { path: "network-config", text: networkConfig(inputs), mode: "0600" },
  ];
};
