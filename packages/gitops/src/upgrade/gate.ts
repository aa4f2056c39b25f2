/** What the hub says of a machine's agent. */
export interface AgentSeen {
  readonly status: "never-seen" | "online" | "suspect" | "offline";
  /** Why it is so, in a sentence. */
  readonly reason: string;
}

/** Whether the hub is asked about a machine after its upgrade, and why not. */
export type Gate = { readonly kind: "asked"; readonly away?: string } | { readonly kind: "not asked"; readonly why: string };

/** A machine that has an agent enrolled is waited for, also where it is away now: it shall be well afterwards, not only as bad as before. Pure. */
export const gateOf = (seen: AgentSeen | undefined): Gate => {
  if (seen === undefined) return { kind: "not asked", why: "the hub does not know it" };
  if (seen.status === "never-seen") return { kind: "not asked", why: "no agent is enrolled" };
  return seen.status === "online" ? { kind: "asked" } : { kind: "asked", away: seen.reason };
};

/** Where the waiting for a machine stands. */
export interface Waiting {
  readonly sinceMs: number;
  /** Since when every look found it online. */
  readonly onlineSinceMs?: number;
}

/** How long an agent must stay online: the hub takes some seconds to notice that a connection of before a boot is dead, and one that comes and goes is not back. */
export const STEADY_MS = 10_000;

/** What another look at a machine decides: it is back, it is waited for, or it did not come back within the time. Pure. */
export const lookAtGate = (
  waiting: Waiting,
  seen: AgentSeen | undefined,
  { nowMs, limitMs }: { readonly nowMs: number; readonly limitMs: number },
): { readonly decision: "back" | "wait" | "away"; readonly waiting: Waiting } => {
  const { sinceMs } = waiting;
  if (seen?.status !== "online") return { decision: nowMs - sinceMs >= limitMs ? "away" : "wait", waiting: { sinceMs } };
  const onlineSinceMs = waiting.onlineSinceMs ?? nowMs;
  const steady = nowMs - onlineSinceMs >= STEADY_MS;
  // One that came back at the last moment gets the time to show that it stays.
  const late = nowMs - sinceMs >= limitMs + STEADY_MS;
  return { decision: steady ? "back" : late ? "away" : "wait", waiting: { sinceMs, onlineSinceMs } };
};
