/**
 * The system that every target boots: Debian by debootstrap, with systemd, SSH and a user who may become root, and a folder of packages from which a
 * target installs as a board does from a mirror. `main` makes both, below `.cache/bootstrap`, unless they lie there: it needs a package mirror,
 * and the targets have none.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pid } from "node:process";
import { root } from "../../../scripts/root.ts";

/** What an image for boards brings along. */
const system = [
  ...["systemd", "systemd-sysv", "systemd-timesyncd", "dbus", "udev", "kmod", "openssh-server", "sudo", "python3", "apt-utils", "ca-certificates"],
  ...[
    "iproute2",
    "iputils-ping",
    "procps",
    "e2fsprogs",
    "fdisk",
    "util-linux",
    "locales",
    "netbase",
    "cron",
    "rsyslog",
    "less",
    "gzip",
    "unattended-upgrades",
  ],
];

/** What roles install: a target gets it from a mirror, as a board does. Add here what a role installs. */
const installable = [
  ...[
    "logrotate",
    "systemd-zram-generator",
    "nftables",
    "iptables",
    "wireguard-tools",
    "wireguard-go",
    "cryptsetup-bin",
    "cryptsetup",
    "parted",
    "chrony",
    "conntrack",
  ],
  ...["open-iscsi", "nfs-common", "containerd", "runc", "containernetworking-plugins", "socat", "ethtool", "ipset"],
  // What images for boards bring along for their first boot, see blank.ts.
  ...["cloud-init", "netplan.io", "network-manager"],
];

/** Runs a command inside a root file system. */
export const within = (place: string, command: readonly string[]): void => {
  execFileSync("chroot", [place, ...command], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
  });
};

const files: Readonly<Record<string, readonly [text: string, mode: number]>> = {
  "etc/apt/sources.list": ["deb [trusted=yes] file:/srv/packages ./\n", 0o644],
  "etc/sudoers.d/fogline": ["fogline ALL=(ALL) NOPASSWD: ALL\n", 0o440],
  // As images for boards have it: no password of its own, keys alone.
  "etc/ssh/sshd_config.d/10-target.conf": ["UseDNS no\n", 0o644],
  // Without the kernel's messages: a container may not read them, and asking for ever takes a tenth of a core.
  "etc/rsyslog.conf": ['module(load="imuxsock")\n*.* /var/log/syslog\n', 0o644],
  // What a board's firmware and kernel would show, see board.ts.
  "usr/local/lib/show-board": [
    `#!/bin/sh
# Shows the files below /srv/board in the places where a kernel shows them.
set -e
[ -d /srv/board ] || exit 0
cd /srv/board
# systemd-nspawn has a /sys of its own in memory, without what containers have no use for. It is read only while systemd looks.
mount -o remount,rw /sys
mount -o remount,rw /sys/fs/cgroup
# What the kernel of a Raspberry Pi makes of the words that provisioning adds to its command line.
controllers=sys/fs/cgroup/cgroup.controllers
if grep -qsw cgroup_enable=memory /boot/firmware/cmdline.txt /boot/cmdline.txt && ! grep -qw memory $controllers; then
  sed -i 's/$/ memory/' $controllers
fi
find proc sys -type f | while read -r file; do
  if [ -e "/$file" ]; then
    mount --bind "$file" "/$file"
  elif mkdir -p "/$(dirname "$file")" 2>/dev/null; then
    cp "$file" "/$file"
  fi
done
mount -o remount,ro /sys/fs/cgroup
mount -o remount,ro /sys
`,
    0o755,
  ],
  "etc/systemd/system/show-board.service": [
    "[Unit]\nDefaultDependencies=no\nBefore=sysinit.target\n\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/usr/local/lib/show-board\n\n[Install]\nWantedBy=sysinit.target\n",
    0o644,
  ],
};

const folder = join(root, ".cache/bootstrap");
const key = createHash("sha256").update(JSON.stringify({ system, installable, files })).digest("hex");
const made = join(folder, key.slice(0, 12));

/** The root file system, to be mounted beneath that of a target. */
export const baseFolder = join(made, "root");
/** An apt repository, bound to /srv/packages in a target. */
export const packagesFolder = join(made, "packages");

const layBase = (place: string): void => {
  execFileSync("debootstrap", ["--variant=minbase", `--include=${system.join(",")}`, "bookworm", place], { stdio: ["ignore", "ignore", "inherit"] });
  within(place, ["useradd", "--create-home", "--shell", "/bin/bash", "fogline"]);
  within(place, ["systemctl", "enable", "systemd-networkd.service", "ssh.service"]);
  // It asks whoever sits in front of the machine.
  within(place, ["systemctl", "mask", "systemd-firstboot.service"]);
  // A target's name says which it is; keys of SSH are each target's own.
  for (const path of ["etc/machine-id", "etc/hostname", "etc/ssh/ssh_host_rsa_key", "etc/ssh/ssh_host_ecdsa_key", "etc/ssh/ssh_host_ed25519_key"])
    for (const file of [path, `${path}.pub`]) rmSync(join(place, file), { force: true });
};

const layPackages = (place: string, packages: string): void => {
  mkdirSync(packages, { recursive: true });
  const cache = join(place, "var/cache/apt/archives");
  within(place, ["apt-get", "update", "--quiet=2"]);
  within(place, [
    "apt-get",
    "install",
    "--download-only",
    "--yes",
    "--quiet=2",
    "--no-install-recommends",
    "-o",
    "APT::Keep-Downloaded-Packages=true",
    ...installable,
  ]);
  for (const file of execFileSync("find", [cache, "-name", "*.deb"], { encoding: "utf8" }).split("\n").filter(Boolean))
    copyFileSync(file, join(packages, file.slice(cache.length + 1)));
  // The index is made by the target's own apt, out of a folder that it sees.
  const seen = join(place, "srv/packages");
  mkdirSync(seen, { recursive: true });
  execFileSync("cp", ["-a", `${packages}/.`, seen]);
  writeFileSync(
    join(packages, "Packages"),
    execFileSync("chroot", [place, "sh", "-c", "cd /srv/packages && apt-ftparchive packages ."], { maxBuffer: 1 << 26 }),
  );
  rmSync(seen, { recursive: true });
  mkdirSync(seen);
  within(place, ["apt-get", "clean"]);
};

const main = (): void => {
  if (existsSync(baseFolder)) return;
  const began = performance.now();
  const beside = `${made}.${pid}`;
  rmSync(beside, { recursive: true, force: true });
  mkdirSync(beside, { recursive: true });
  const place = join(beside, "root");
  layBase(place);
  layPackages(place, join(beside, "packages"));
  for (const [path, [text, mode]] of Object.entries(files)) {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), text);
    chmodSync(join(place, path), mode);
  }
  within(place, ["systemctl", "enable", "show-board.service"]);
  // Lists of the mirror that made it would be older than the target's own.
  rmSync(join(place, "var/lib/apt/lists"), { recursive: true });
  mkdirSync(join(place, "var/lib/apt/lists/partial"), { recursive: true });
  renameSync(beside, made);
  console.log(`the targets' system is below ${made}, made in ${Math.round((performance.now() - began) / 1000)} s`);
};

if (import.meta.main) main();
