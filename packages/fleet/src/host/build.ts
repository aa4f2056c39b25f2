import { MEBIBYTE, parseBytes, parseCpuMillicores, parsePercent } from "@fogline/units";
import type { DeviceClass, HardwareProfile } from "../hardware.ts";
import { type BootMedium, type DataMedium, type Governor, type HostFacts, hostFacts, isFragile } from "./facts.ts";
import { type Component, components, type HostTable } from "./options.ts";
import { parseTaint, type Taint } from "./taint.ts";

/** How a machine is reached by SSH. */
export interface SshAccess {
  readonly user: string;
  readonly port: number;
  /** A machine to go through, as ssh takes it: user@host:port. */
  readonly jump?: string;
}

/** How a machine is set up, resolved. What is absent is left as the machine has it. */
export interface HostOptions {
  readonly governor?: Governor;
  /** Jetson: whether the clocks are held at the power mode's maximum. */
  readonly clocks: boolean;
  /** Boot settings of a Raspberry Pi; what is absent stays as the board has it. */
  readonly eeprom: { readonly boot?: readonly BootMedium[]; readonly powerOffOnHalt?: boolean; readonly supplyMilliamperes?: number };
  /** Share of the memory offered as compressed swap, from 0 to 1. */
  readonly zramFraction: number;
  /** Size of a swap file on the data medium; 0 for none. */
  readonly swapBytes: number;
  readonly journal?: { readonly storage: "volatile" | "persistent"; readonly bytesMax: number };
  /** Whether the data disk is encrypted. */
  readonly encrypt: boolean;
  /** Servers that the clock follows; empty for those of the system. */
  readonly timeServers: readonly string[];
  /** Absent on a machine that belongs to a person, unless it is stated. `open` are ports such as `tcp/9100`. */
  readonly firewall?: { readonly input: "drop" | "accept"; readonly open: readonly string[] };
  /** Stated kernel settings by name, beside those that the role needs. */
  readonly sysctl: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly podsMax?: number;
  /** Whether each component of K3s is kept, where it is stated. */
  readonly components: { readonly [Name in Component]?: boolean };
  /** How the machine is reached to set it up. */
  readonly ssh: SshAccess;
  /** False for a machine that belongs to a person: only what is stated is changed there. */
  readonly ours: boolean;
}

/** What the setup of a machine depends on beside its own options. */
export interface HostSituation {
  readonly profile: HardwareProfile;
  /** Whether K3s runs on it. */
  readonly node: boolean;
  /** The medium of its data, when not the system's. */
  readonly data?: DataMedium | undefined;
  /** Whom the images of the fleet let in, and who tells the time at the site: what holds where the machine's own options say nothing. */
  readonly user: string;
  readonly timeServers: readonly string[];
}

/** The port of every SSH server. */
const SSH_PORT = 22;

const JOURNAL_BYTES: { readonly [Storage in "volatile" | "persistent"]: number } = { volatile: 64 * MEBIBYTE, persistent: 512 * MEBIBYTE };

/** Whose a machine is when it is no node: a laptop in the field is somebody's, a board on a wall is ours. Nodes are always ours. */
const oursAlone: { readonly [Class in DeviceClass]: boolean } = {
  smartphone: false,
  tablet: false,
  laptop: false,
  desktop: false,
  "raspberry-pi": true,
  jetson: true,
  iot: true,
  server: true,
};

/** False for a machine that belongs to a person. */
export const isOurs = (profile: HardwareProfile, node: boolean): boolean => node || (profile.kind === "known" && oursAlone[profile.deviceClass]);

/**
 * The setup of a machine from its `host` table and what kind of machine it is. The rules refuse what a device itself states and cannot have; what a
 * layer above says for many kinds of machines counts only where it can.
 */
export const buildHost = (raw: HostTable, situation: HostSituation): HostOptions => {
  const { profile, node, data } = situation;
  const facts = hostFacts[profile.name];
  const ours = isOurs(profile, node);
  const byDefault = ours && profile.kind === "known" ? facts.governors[0] : undefined;
  const governor = facts.governors.find((name) => name === raw.governor) ?? byDefault;
  const journal = journalOf(raw, profile, ours);
  return {
    ...(governor === undefined ? {} : { governor }),
    clocks: facts.powerModes && (raw.clocks ?? false),
    eeprom: eepromOf(raw, facts.boot),
    zramFraction: raw.zram === undefined ? (ours ? facts.zramFraction : 0) : (parsePercent(raw.zram) ?? 0),
    swapBytes: takesSwap(situation) ? (parseBytes(raw.swap ?? "0B") ?? 0) : 0,
    ...(journal === undefined ? {} : { journal }),
    encrypt: data !== undefined && (raw.encrypt ?? false),
    timeServers: raw.time ?? situation.timeServers,
    ...(ours || raw.firewall !== undefined ? { firewall: { input: raw.firewall?.input ?? "drop", open: raw.firewall?.open ?? [] } } : {}),
    sysctl: Object.fromEntries(Object.entries(raw.sysctl ?? {}).map(([name, value]) => [name, String(value)])),
    taints: node ? (raw.taints ?? []).flatMap((text) => parseTaint(text) ?? []) : [],
    ...(raw.kubelet?.maxPods === undefined ? {} : { podsMax: raw.kubelet.maxPods }),
    components: componentsOf(raw),
    ssh: sshOf(raw, situation.user),
    ours,
  };
};

/** True unless the swap file would lie on a medium that it wears out. */
const takesSwap = ({ profile, data }: HostSituation): boolean => {
  const medium = data ?? (profile.kind === "known" ? profile.storage.medium : undefined);
  return hostFacts[profile.name].provisioned && (medium === undefined || !isFragile(medium));
};

const journalOf = (raw: HostTable, profile: HardwareProfile, ours: boolean): HostOptions["journal"] => {
  const stated = raw.journal;
  // Where the medium is not known, only what is stated is certain to do no harm.
  if (stated === undefined && (!ours || profile.kind === "detected")) return undefined;
  const storage = stated?.storage ?? (profile.kind === "known" && isFragile(profile.storage.medium) ? "volatile" : "persistent");
  return { storage, bytesMax: parseBytes(stated?.size ?? "") ?? JOURNAL_BYTES[storage] };
};

const eepromOf = ({ eeprom: { boot, powerOffOnHalt, supply } = {} }: HostTable, board: HostFacts["boot"]): HostOptions["eeprom"] => {
  if (board === "other") return {};
  const media = boot?.filter((medium) => board === "pi-5" || medium !== "nvme") ?? [];
  return {
    ...(media.length === 0 ? {} : { boot: media }),
    ...(powerOffOnHalt === undefined ? {} : { powerOffOnHalt }),
    ...(supply === undefined || board !== "pi-5" ? {} : { supplyMilliamperes: Number.parseInt(supply, 10) * 1000 }),
  };
};

const sshOf = ({ ssh: { user, port = SSH_PORT, jump } = {} }: HostTable, userDefault: string): SshAccess => ({
  ...{ user: user ?? userDefault, port },
  ...(jump === undefined ? {} : { jump }),
});

const componentsOf = ({ k3s }: HostTable): HostOptions["components"] =>
  Object.fromEntries(
    components.filter((name) => k3s?.keep?.includes(name) || k3s?.disable?.includes(name)).map((name) => [name, k3s?.keep?.includes(name) ?? false]),
  );

/** The profile of a machine whose system keeps another amount than its hardware row says; `forWorkloads` and placement follow it. */
export const withReservations = (profile: HardwareProfile, { reserved }: HostTable): HardwareProfile => {
  if (profile.kind === "detected" || reserved === undefined) return profile;
  const memoryBytes = reserved.memory === undefined ? undefined : parseBytes(reserved.memory);
  const cpuMillicores = reserved.cpu === undefined ? undefined : parseCpuMillicores(reserved.cpu);
  return {
    ...profile,
    reservedMemoryBytes: memoryBytes ?? profile.reservedMemoryBytes,
    reservedCores: cpuMillicores === undefined ? profile.reservedCores : cpuMillicores / 1000,
  };
};
