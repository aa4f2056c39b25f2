import type { Finding } from "@fogline/findings";
import type { Fleet, Ring, Window } from "@fogline/fleet";
import { selectDevices } from "../bootstrap/select.ts";
import { type HostContext, hostContexts } from "../host/context.ts";

/** One machine that is upgraded. One follows the other; a machine that fails ends the plan. */
export interface UpgradeStep {
  readonly device: string;
  readonly ring: string;
  readonly cluster?: string;
  /** Why it comes where it does. */
  readonly as: "first server" | "server" | "agent" | "alone";
  /** The K3s that it will have. */
  readonly k3s?: string;
}

export interface UpgradePlan {
  readonly steps: readonly UpgradeStep[];
  /** What speaks against it, all together: with one of these nothing is done. */
  readonly findings: readonly Finding[];
}

export interface UpgradeQuestion {
  /** What `selectDevices` takes. */
  readonly selector: string;
  readonly nowMs: number;
  /** Whether the windows of rings count; a person may say that they do not. */
  readonly anyTime: boolean;
}

const rank = { "first server": 0, server: 1, agent: 2, alone: 3 } as const;

/**
 * Who is upgraded, and in which order: by ring as the fleet file has them, then cluster by cluster, servers first, because a kubelet may not be newer
 * than its server, and within that by name. Pure.
 */
export const planUpgrade = (fleet: Fleet, question: UpgradeQuestion): UpgradePlan => {
  const { devices, findings } = selectDevices(fleet, [question.selector]);
  const selected = hostContexts(fleet).filter(({ device }) => devices.includes(device));
  const chosen = selected.filter(({ device }) => device.host.ours);
  const rings = new Map(fleet.rings.map((ring) => [ring.name, ring]));
  const steps = chosen.map(stepOf).toSorted((a, b) => compare(keyOf(a, rings), keyOf(b, rings)));
  return { steps, findings: [...findings, ...(chosen.length > 0 ? [] : selected.map(notOurs)), ...closed(steps, rings, question)] };
};

/** A laptop that only runs the agent is somebody's. */
const notOurs = ({ device: { id } }: HostContext): Finding => ({
  ...{ code: "FL4091", severity: "error", message: `${id} is somebody's machine` },
  remedy: "Leave it out: its owner upgrades it.",
});

const stepOf = ({ device, node }: HostContext): UpgradeStep => {
  const ring = device.ring ?? "";
  if (node === undefined) return { device: device.id, ring, as: "alone" };
  const version = node.cluster.kubernetes.version;
  const as = device === node.servers[0] ? "first server" : node.serves ? "server" : "agent";
  return { device: device.id, ring, cluster: node.cluster.name, as, ...(version === undefined ? {} : { k3s: version }) };
};

/** Machines without a cluster come after those with one. */
const keyOf = ({ ring, cluster, as, device }: UpgradeStep, rings: ReadonlyMap<string, Ring>): readonly (string | number)[] => [
  rings.get(ring)?.order ?? rings.size,
  cluster === undefined ? 1 : 0,
  cluster ?? "",
  rank[as],
  device,
];

const compare = (a: readonly (string | number)[], b: readonly (string | number)[]): number => {
  const at = a.findIndex((part, index) => part !== b[index]);
  if (at < 0) return 0;
  return (a[at] ?? 0) < (b[at] ?? 0) ? -1 : 1;
};

const closed = (steps: readonly UpgradeStep[], rings: ReadonlyMap<string, Ring>, { nowMs, anyTime }: UpgradeQuestion): Finding[] => {
  if (anyTime) return [];
  return [...new Set(steps.map(({ ring }) => ring))].flatMap((name): Finding[] => {
    const window = rings.get(name)?.window;
    if (window === undefined || isOpen(window, nowMs)) return [];
    const message = `ring ${name} is outside of its window, ${window.days.join(",")} ${clock(window.fromMinute)}-${clock(window.toMinute)} ${window.timeZone}`;
    return [{ code: "FL4129", severity: "error", message, remedy: "Wait for it, or say --any-time." }];
  });
};

const clock = (minute: number): string => [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, "0")).join(":");

const week = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/** Whether a window is open at a moment. One that ends on the day after is open until then, whatever day that is. */
export const isOpen = ({ days, fromMinute, toMinute, timeZone }: Window, atMs: number): boolean => {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(
    atMs,
  );
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? "";
  const minute = Number(part("hour")) * 60 + Number(part("minute"));
  const day = week.indexOf(part("weekday") as (typeof week)[number]);
  const starts = (at: number): boolean => (days as readonly string[]).includes(week[(at + 7) % 7] ?? "");
  if (fromMinute < toMinute) return starts(day) && minute >= fromMinute && minute < toMinute;
  return (starts(day) && minute >= fromMinute) || (starts(day - 1) && minute < toMinute);
};
