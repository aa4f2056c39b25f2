import type { Activity } from "@fogline/contracts";
import { agoText, counted } from "./format.ts";

export type Severity = Activity["severity"];

/** The least severity that is shown. */
export const severities = ["info", "warning", "error"] as const satisfies readonly Severity[];
const rank: Readonly<Record<Severity, number>> = { info: 0, warning: 1, error: 2 };

export interface EventFilter {
  readonly least: Severity;
  /** What it is about: an id or a name; "" is everything. */
  readonly about: string;
  /** What a search looks for, in lower case. */
  readonly find: string;
}

export const fits = ({ severity, subject, message, name }: Activity, { least, about, find }: EventFilter): boolean =>
  rank[severity] >= rank[least] &&
  (about === "" || subject === about) &&
  (find === "" || `${name} ${subject} ${message}`.toLowerCase().includes(find));

/** An event with what it is about called as people know it: a task by its command. */
export const named = <E extends Activity>(event: E, name: string): E =>
  name === event.subject ? event : { ...event, message: event.message.replaceAll(event.subject, name) };

/** What needs attention among what happened, in one sentence; the newest of the worst is told. */
export const eventsAnswer = (events: readonly Activity[], nowMs?: number): string => {
  if (events.length === 0) return "Nothing has happened since the hub started";
  const errors = events.filter(({ severity }) => severity === "error");
  const warnings = events.filter(({ severity }) => severity === "warning");
  const [worst] = errors.length > 0 ? errors : warnings;
  const among = `${counted(events.length, "event")}`;
  if (worst === undefined) return `Nothing needs attention: ${among}, no warning, no error`;
  const counts = [
    ...(errors.length > 0 ? [counted(errors.length, "error")] : []),
    ...(warnings.length > 0 ? [counted(warnings.length, "warning")] : []),
  ];
  const ago = nowMs === undefined ? "" : `, ${agoText(worst.atMs, nowMs)}`;
  return `${counts.join(" and ")} among ${among}: ${worst.message}${ago}`;
};

/** Days of events in the order given, each with its events. */
export const byDay = <E extends Activity>(events: readonly E[], dayOf: (atMs: number) => string): readonly (readonly [string, readonly E[]])[] => [
  ...Map.groupBy(events, ({ atMs }) => dayOf(atMs)),
];
