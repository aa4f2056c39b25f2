import type { NodeStatus } from "@fogline/contracts";

export interface StatusChange {
  readonly atMs: number;
  readonly status: NodeStatus;
  readonly reason: string;
}

export interface History {
  readonly sinceMs: number;
  readonly changes: readonly StatusChange[];
  readonly outages: number;
  readonly offlineMs: number;
  readonly longestOutageMs: number;
  readonly availability: number | null;
}

/** A time with one status. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly status: NodeStatus;
}

/** The changes as spans up to now. */
export const spansOf = ({ changes }: Pick<History, "changes">, nowMs: number): readonly Span[] =>
  changes.map(({ atMs, status }, index) => ({ fromMs: atMs, toMs: changes[index + 1]?.atMs ?? nowMs, status }));

export interface Outage {
  readonly fromMs: number;
  /** Null while it lasts. */
  readonly toMs: number | null;
  /** The last that was said of why, which knows most. */
  readonly reason: string;
}

/** From the first doubt until the device was online again, newest first. */
export const outagesOf = ({ changes }: Pick<History, "changes">): readonly Outage[] => {
  const outages: Outage[] = [];
  let open: Pick<Outage, "fromMs" | "reason"> | undefined;
  for (const { atMs, status, reason } of changes) {
    if (status === "online") {
      if (open !== undefined) outages.unshift({ ...open, toMs: atMs });
      open = undefined;
    } else if (status !== "never-seen") open = { fromMs: open?.fromMs ?? atMs, reason };
  }
  if (open !== undefined) outages.unshift({ ...open, toMs: null });
  return outages;
};

/** "99.68 %", and no 100 % where there was an outage. */
export const availabilityText = (share: number | null): string => {
  if (share === null) return "not known";
  const percent = Math.floor(share * 10_000) / 100;
  return `${percent === 100 ? "100" : percent.toFixed(2)} %`;
};
