/** How one task ended on a device; `ignored` for a failure that the role expects. */
export const outcomes = ["ok", "changed", "skipped", "failed", "unreachable", "ignored"] as const;
export type Outcome = (typeof outcomes)[number];

/** One line of the callback plugin `fogline.edge.events`. */
export type PlaybookEvent =
  | { readonly event: "begin"; readonly atMs: number; readonly role: string; readonly task: string }
  | {
      readonly event: "task";
      readonly atMs: number;
      /** The device, by its name in the inventory. */
      readonly host: string;
      readonly role: string;
      readonly task: string;
      readonly outcome: Outcome;
      readonly message?: string;
      /** What a role says to whoever started the run. */
      readonly told?: Readonly<Record<string, unknown>>;
    };

/** A line of the events file; undefined for one that is not whole, as the last one of a run that was killed. */
export const eventIn = (line: string): PlaybookEvent | undefined => {
  try {
    const value = JSON.parse(line) as PlaybookEvent;
    return value.event === "begin" || (value.event === "task" && outcomes.includes(value.outcome)) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** How many tasks ended how. */
export type Counts = Readonly<Record<Outcome, number>>;
export const noCounts: Counts = { ok: 0, changed: 0, skipped: 0, failed: 0, unreachable: 0, ignored: 0 };

/** The counts by role after another event. */
export const counted = (roles: Readonly<Record<string, Counts>>, event: PlaybookEvent): Readonly<Record<string, Counts>> => {
  if (event.event !== "task") return roles;
  const before = roles[event.role] ?? noCounts;
  return { ...roles, [event.role]: { ...before, [event.outcome]: before[event.outcome] + 1 } };
};
