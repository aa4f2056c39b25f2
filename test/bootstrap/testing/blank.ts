/** Machines as they come out of their box: the image of a maker, which knows no name, no user and no key. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packagesFolder, within } from "./base.ts";

const lay = (root: string, path: string, text: string): void => {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  writeFileSync(join(root, path), text);
};

/** Takes away what the targets' system has and no maker's image has; installs what theirs bring along. */
const layImage = (root: string, packages: readonly string[]): void => {
  within(root, ["userdel", "--remove", "fogline"]);
  rmSync(join(root, "etc/sudoers.d/fogline"));
  const seen = join(root, "srv/packages");
  execFileSync("mount", ["--bind", packagesFolder, seen]);
  try {
    within(root, ["apt-get", "update", "--quiet=2"]);
    within(root, ["apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends", ...packages]);
  } finally {
    execFileSync("umount", [seen]);
  }
};

/** Raspberry Pi OS from November 2025 on: cloud-init reads the boot partition, SSH is off, and a service makes host keys that nobody knows. */
export const layRaspberryPiOs = (root: string): void => {
  layImage(root, ["cloud-init", "netplan.io"]);
  lay(root, "etc/cloud/cloud.cfg.d/99_raspberry-pi.cfg", "datasource_list: [NoCloud, None]\n");
  // Raspberry Pi OS says `seedfrom: file:///boot/firmware`. Debian 12's cloud-init is older, and leaves network-config alone there.
  mkdirSync(join(root, "var/lib/cloud/seed"), { recursive: true });
  symlinkSync("/boot/firmware", join(root, "var/lib/cloud/seed/nocloud"));
  lay(
    root,
    "etc/systemd/system/regenerate_ssh_host_keys.service",
    "[Unit]\nBefore=ssh.service\n[Service]\nType=oneshot\nExecStart=sh -c 'rm -f /etc/ssh/ssh_host_*_key* && ssh-keygen -A'\n[Install]\nWantedBy=multi-user.target\n",
  );
  within(root, ["systemctl", "enable", "regenerate_ssh_host_keys.service"]);
  within(root, ["systemctl", "disable", "ssh.service"]);
};

/** A cloud image of Debian: cloud-init looks for a medium, or for this folder; answers where that is. */
export const layCloudImage = (root: string): string => {
  layImage(root, ["cloud-init", "netplan.io"]);
  lay(root, "etc/cloud/cloud.cfg.d/90_seed.cfg", "datasource_list: [NoCloud, None]\n");
  const seed = join(root, "var/lib/cloud/seed/nocloud");
  mkdirSync(seed, { recursive: true });
  return seed;
};

/** Jetson Linux with what the instructions of `fogline device image` do to it before it is flashed, `overlay` being the folder that it made. */
export const layJetsonLinux = (root: string, overlay: string, user: string): void => {
  layImage(root, ["network-manager"]);
  within(root, ["systemctl", "disable", "systemd-networkd.service"]);
  within(root, ["systemctl", "enable", "NetworkManager.service"]);
  within(root, ["useradd", "--create-home", "--shell", "/bin/bash", "--password", "$1$x$x", user]);
  execFileSync("cp", ["-r", "--preserve=mode", `${overlay}/.`, root]);
  chmodSync(root, 0o755);
  within(root, ["systemctl", "enable", "fogline-first-boot.service"]);
};
