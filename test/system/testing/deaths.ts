import type { Random } from "@fogline/ports";

/**
 * Where the hub of a test can be made to die, by the name that FOGLINE_DIE_AT gives (`<name>:<n>`, at its n-th time in the life of the process):
 * right after what is before the comma, right before what is behind it.
 */
export const deaths = [
  // The client's request.
  "task arrived, not stored",
  "task stored, not answered",
  // The hand-over.
  "assignment stored, not sent",
  "assignment sent, outcome not known",
  // The agent's reports.
  "report arrived, not stored",
  "report stored, not acknowledged",
  // Events.
  "event stored, not published",
  "event published, not deleted",
  // Any change of any workload's state; the first ones of a data folder are its migrations.
  "change made, not committed",
  "change committed, not told",
  // The way up.
  "database opened, not migrated",
  "agent connected, not welcomed",
] as const;

export type Death = (typeof deaths)[number];

export const isDeath = (name: string): name is Death => (deaths as readonly string[]).includes(name);

/** How a life shall end: at a named place, or at any time since its start or since it was ready. */
export type End = { readonly at: Death; readonly time: number } | { readonly since: "start" | "ready"; readonly afterMs: number };

/** Up to which of its times in a life a place is sure to be reached soon: many changes are made on the way up, few tasks arrive. */
const timesOf = (death: Death): number => {
  if (death.startsWith("change")) return 30;
  if (death.startsWith("agent")) return 1;
  if (death.startsWith("task")) return 2;
  return death.startsWith("database") ? 3 : 4;
};

/** Ends of so many lives, beginning with an empty data folder: each place three times, the rest at any time. */
export const planEnds = (count: number, random: Random): { readonly onEmptyFolder: readonly End[]; readonly later: readonly End[] } => {
  const below = (limit: number): number => Math.floor(random.unit() * limit);
  // While the tables are made, and between them.
  const onEmptyFolder: End[] = [
    { at: "change made, not committed", time: 1 + below(3) },
    { at: "change committed, not told", time: 1 + below(6) },
    { at: "database opened, not migrated", time: 3 },
  ];
  const named = deaths.flatMap((at) => [1, 2, 3].map((): End => ({ at, time: 1 + below(timesOf(at)) })));
  const anywhen = Array.from(
    { length: count - onEmptyFolder.length - named.length },
    (_, index): End => (index % 2 === 0 ? { since: "start", afterMs: below(2_000) } : { since: "ready", afterMs: below(1_000) }),
  );
  const shuffled = [...named, ...anywhen].map((end) => ({ end, place: random.unit() })).sort((a, b) => a.place - b.place);
  return { onEmptyFolder, later: shuffled.map(({ end }) => end) };
};
