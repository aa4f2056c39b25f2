/** One thing that a support bundle asks the device. */
export interface Source {
  /** The file in the bundle. */
  readonly path: string;
  readonly from: { readonly kind: "file"; readonly path: string } | { readonly kind: "command"; readonly words: readonly [string, ...string[]] };
}

const file = (path: string, from: string): Source => ({ path, from: { kind: "file", path: from } });
const command = (path: string, ...words: readonly [string, ...string[]]): Source => ({ path, from: { kind: "command", words } });
const journal = (path: string, ...words: readonly string[]) => command(path, "journalctl", "--no-pager", "--output=short-iso", ...words);

/** What a support bundle says of a device besides its agent: the most telling first, because the last may find no room. No command lines of processes. */
export const deviceSources: readonly Source[] = [
  command("system/failed-units.txt", "systemctl", "--no-pager", "--failed"),
  command("system/disk.txt", "df", "--human-readable", "--print-type"),
  command("system/inodes.txt", "df", "--inodes"),
  file("system/memory.txt", "/proc/meminfo"),
  file("system/load.txt", "/proc/loadavg"),
  file("system/uptime.txt", "/proc/uptime"),
  file("system/pressure-memory.txt", "/proc/pressure/memory"),
  file("system/pressure-io.txt", "/proc/pressure/io"),
  command("system/clock.txt", "timedatectl", "timesync-status"),
  command("system/clock-state.txt", "timedatectl", "show"),
  command("system/chrony.txt", "chronyc", "-n", "tracking"),
  command("network/addresses.txt", "ip", "address"),
  command("network/routes.txt", "ip", "route", "show", "table", "all"),
  command("network/counters.txt", "ip", "-statistics", "link"),
  file("network/resolver.txt", "/etc/resolv.conf"),
  command("network/sockets.txt", "ss", "--tcp", "--udp", "--listening", "--numeric"),
  journal("logs/kernel.txt", "--dmesg", "--lines=1500"),
  command("logs/dmesg.txt", "dmesg", "--ctime"),
  journal("logs/agent-unit.txt", "--unit=fogline-agent", "--lines=1500"),
  journal("logs/errors.txt", "--priority=err", "--lines=800"),
  journal("logs/boots.txt", "--list-boots"),
  command("k3s/version.txt", "k3s", "--version"),
  command("k3s/units.txt", "systemctl", "--no-pager", "--full", "status", "k3s", "k3s-agent"),
  journal("k3s/log.txt", "--unit=k3s", "--unit=k3s-agent", "--lines=800"),
  command("k3s/nodes.txt", "k3s", "kubectl", "get", "nodes", "--output=wide"),
  command("k3s/pods.txt", "k3s", "kubectl", "get", "pods", "--all-namespaces", "--output=wide"),
  command("k3s/events.txt", "k3s", "kubectl", "get", "events", "--all-namespaces", "--sort-by=.lastTimestamp"),
  command("system/processes.txt", "ps", "-eo", "pid,ppid,user,stat,rss,pcpu,etime,comm", "--sort=-rss"),
  command("system/block-devices.txt", "lsblk", "--output=NAME,SIZE,TYPE,FSTYPE,MOUNTPOINT,MODEL"),
  file("system/mounts.txt", "/proc/mounts"),
  file("system/release.txt", "/etc/os-release"),
  file("system/kernel.txt", "/proc/version"),
  file("hardware/model.txt", "/proc/device-tree/model"),
  file("hardware/jetson-release.txt", "/etc/nv_tegra_release"),
  command("hardware/pi-throttled.txt", "vcgencmd", "get_throttled"),
];
