import { type Finding, nearest } from "@fogline/findings";
import type { Device, Fleet, Ring, Window } from "@fogline/fleet";
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
  /** On the first machine of a ring that follows another one: that one, and for how long it must have been well before. */
  readonly after?: { readonly ring: string; readonly soakMs: number };
}

export interface UpgradePlan {
  readonly steps: readonly UpgradeStep[];
  /** What speaks against it, all together: with one of these nothing is done. */
  readonly findings: readonly Finding[];
}

export interface UpgradeQuestion {
  /** A device, a pattern such as `pi-*`, `cluster:<name>`, `ring:<name>`, `site:<name>` or `all`. */
  readonly selector: string;
  readonly nowMs: number;
  /** Whether the windows of rings count; a person may say that they do not. */
  readonly anyTime: boolean;
  /** For how long each ring must have been well before the next one begins, instead of what the fleet file says of it. */
  readonly soakMs?: number;
}

const rank = { "first server": 0, server: 1, agent: 2, alone: 3 } as const;

/**
 * Who is upgraded, and in which order: by ring as the fleet file has them, then cluster by cluster, servers first, because a kubelet may not be newer
 * than its server, and within that by name. Pure.
 */
export const planUpgrade = (fleet: Fleet, question: UpgradeQuestion): UpgradePlan => {
  // A laptop that only runs the agent is somebody's, and upgraded by its owner.
  const contexts = hostContexts(fleet).filter(({ device }) => device.host.ours);
  const chosen = contexts.filter(({ device }) => selects(question.selector, device));
  const rings = new Map(fleet.rings.map((ring) => [ring.name, ring]));
  const sorted = chosen.map(stepOf).toSorted((a, b) => compare(keyOf(a, rings), keyOf(b, rings)));
  const steps = sorted.map((step, index): UpgradeStep => {
    const before = sorted[index - 1]?.ring;
    if (before === undefined || before === step.ring) return step;
    return { ...step, after: { ring: before, soakMs: question.soakMs ?? rings.get(before)?.soakMs ?? 0 } };
  });
  return { steps, findings: [...nobody(question.selector, contexts, chosen), ...closed(steps, rings, question)] };
};

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

const selects = (selector: string, { id, cluster, ring, site }: Device): boolean => {
  if (selector === "all") return true;
  const [kind, value] = selector.split(":", 2);
  if (value !== undefined)
    return (kind === "cluster" && cluster === value) || (kind === "ring" && ring === value) || (kind === "site" && site === value);
  const pattern = selector.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pattern.join(".*")}$`).test(id);
};

const nobody = (selector: string, contexts: readonly HostContext[], chosen: readonly HostContext[]): Finding[] => {
  if (chosen.length > 0) return [];
  const meant = nearest(
    selector,
    contexts.map(({ device }) => device.id),
  );
  const remedy =
    meant === undefined ? "Name a device, a pattern such as `pi-*`, `cluster:`, `ring:` or `site:` with a name, or `all`." : `Did you mean ${meant}?`;
  return [{ code: "FL4129", severity: "error", message: `${selector} is no machine that Fogline sets up`, remedy }];
};

/** Rings that would begin outside of their windows. One that follows soaks is judged at the earliest moment at which they can be over. */
const closed = (steps: readonly UpgradeStep[], rings: ReadonlyMap<string, Ring>, { nowMs, anyTime }: UpgradeQuestion): Finding[] => {
  if (anyTime) return [];
  let atMs = nowMs;
  const findings: Finding[] = [];
  for (const [index, { ring, after }] of steps.entries()) {
    if (index > 0 && after === undefined) continue;
    atMs += after?.soakMs ?? 0;
    findings.push(...outsideOfWindow(rings.get(ring), atMs));
  }
  return findings;
};

/** What speaks against beginning with a ring at a moment: that its window is closed. Pure. */
export const outsideOfWindow = (ring: Ring | undefined, atMs: number): Finding[] => {
  const window = ring?.window;
  if (ring === undefined || window === undefined || isOpen(window, atMs)) return [];
  const message = `ring ${ring.name} is outside of its window, ${window.days.join(",")} ${clock(window.fromMinute)}-${clock(window.toMinute)} ${window.timeZone}`;
  return [{ code: "FL4129", severity: "error", message, remedy: "Wait for it, or say --any-time." }];
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
