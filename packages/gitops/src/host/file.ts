import { generatedMark } from "../render/yaml.ts";

/** What has to happen on the machine before a changed file has an effect. */
export type After =
  | "nothing"
  | "reboot"
  | "load-modules"
  | "restart-k3s"
  | "reload-systemd"
  | "restart-journald"
  | "reload-udev"
  | "load-sysctl"
  | "create-tmpfiles"
  | "restart-timesyncd"
  | "load-firewall"
  | "sync-mesh"
  | "set-power-mode";

/** Where a file belongs on its machine. */
export interface Install {
  readonly to: string;
  /**
   * `copy` replaces the file, `block` is a marked block in a file of the system's, `words` are added to its one line, `data` is read by provisioning, `trial` is a
   * copy that is taken back unless the device can still be reached.
   */
  readonly how: "copy" | "block" | "words" | "data" | "trial";
  readonly mode: "0600" | "0644";
  readonly after: After;
  /** Only on a machine that has this file: what it sets is wrong elsewhere. */
  readonly onlyIf?: string;
}

/** One host file of a device, before it gets its header. */
export interface HostFile {
  /** Below the device's folder. */
  readonly path: string;
  /** The module and function that made it, such as `k3s.ts k3sConfig`. */
  readonly from: string;
  /** Sentences for whoever reads the file on the machine. */
  readonly notes?: readonly string[];
  readonly body: string;
  readonly install: Install;
  /** Debian packages without which the file has no effect. */
  readonly packages?: readonly string[];
}

/** The text of a host file: what made it and for which entry of the fleet, then its notes and its body. */
export const textOf = (device: string, { from, notes = [], body }: Pick<HostFile, "from" | "notes" | "body">): string =>
  `${generatedMark}# From packages/gitops/src/host/${from}, for devices.${device}.\n${notes.map((note) => `# ${note}\n`).join("")}${body}`;

/** A copy with its keys in the order of their names. */
export const byName = <Value>(record: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** A unit or drop-in of systemd, and every other file of sections and `key=value` lines. */
export const sectionsOf = (sections: Readonly<Record<string, readonly (readonly [string, string])[]>>): string =>
  Object.entries(sections)
    .map(([name, lines]) => `[${name}]\n${lines.map(([key, value]) => `${key}=${value}\n`).join("")}`)
    .join("\n");

/** A file that replaces the one at `to`, readable by all. */
export const copied = (to: string, after: After): Install => ({ to, how: "copy", mode: "0644", after });
