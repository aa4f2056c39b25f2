export type Weekday = "Mon" | "Tue" | "Wed" | "Thu" | "Fri" | "Sat" | "Sun";
const DAYS: readonly Weekday[] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** A weekly window in local time. When `toMinute` is not after `fromMinute`, it ends on the next day. */
export interface Window {
  /** Days on which it starts. */
  readonly days: readonly Weekday[];
  /** Minutes since local midnight. */
  readonly fromMinute: number;
  readonly toMinute: number;
  /** IANA name, "Europe/Berlin". */
  readonly timeZone: string;
}

/** What a window looks like, for schemas and messages. */
export const WINDOW_PATTERN =
  "^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)(-(Mon|Tue|Wed|Thu|Fri|Sat|Sun))? ([01]\\d|2[0-3]):[0-5]\\d-([01]\\d|2[0-3]):[0-5]\\d [A-Za-z][A-Za-z0-9_+/-]*$";

const WINDOW = /^(\w{3})(?:-(\w{3}))? (\d\d):(\d\d)-(\d\d):(\d\d) (\S+)$/;

/** Reads "Mon-Thu 08:00-16:00 Europe/Berlin"; `undefined` for anything else, an empty window, or an unknown time zone. */
export const parseWindow = (text: string): Window | undefined => {
  const match = new RegExp(WINDOW_PATTERN).test(text) ? WINDOW.exec(text) : null;
  if (match === null) return undefined;
  const [, first = "", last = first, fromHour, fromPart, toHour, toPart, timeZone = ""] = match;
  const fromMinute = Number(fromHour) * 60 + Number(fromPart);
  const toMinute = Number(toHour) * 60 + Number(toPart);
  if (fromMinute === toMinute || !isTimeZone(timeZone)) return undefined;
  const start = DAYS.indexOf(first as Weekday);
  const count = ((DAYS.indexOf(last as Weekday) - start + 7) % 7) + 1;
  const days = Array.from({ length: count }, (_, offset) => DAYS[(start + offset) % 7] ?? "Mon");
  return Object.freeze({ days: Object.freeze(days), fromMinute, toMinute, timeZone });
};

/** Asking for a time zone is slow and a fleet asks for few, so those that exist are remembered, at most as many as there are. */
const timeZones = new Set<string>();
const TIME_ZONES_MAX = 1000;

/** Whether the IANA has a time zone of this name. */
export const isTimeZone = (name: string): boolean => {
  if (timeZones.has(name)) return true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
  } catch {
    return false;
  }
  if (timeZones.size < TIME_ZONES_MAX) timeZones.add(name);
  return true;
};
