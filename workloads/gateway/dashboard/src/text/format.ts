import type { NodeRecord } from "@fogline/contracts";

/** Numbers and times as the page writes them. Pure: the time is an argument. */

const GiB = 1024 ** 3;
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** What stands where a device has no such value. */
export const nothing = "–";

/** A duration in its largest unit, as a person says it: "3 s", "12 min", "5 h", "2 d". Below one second it is "0 s". */
export const durationText = (ms: number): string => {
  if (ms < minute) return `${Math.max(0, Math.floor(ms / second))} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < 2 * day) return `${Math.floor(ms / hour)} h`;
  return `${Math.floor(ms / day)} d`;
};

/** An interval, exactly: in minutes or hours where they are whole, else in seconds. */
export const everyText = (ms: number): string => `every ${ms % minute === 0 ? durationText(ms) : `${ms / second} s`}`;

export const agoText = (atMs: number, nowMs: number): string => (nowMs - atMs < second ? "just now" : `${durationText(nowMs - atMs)} ago`);

/** The moment in the reader's own time zone, to the second. */
export const exactTime = (atMs: number): string => {
  const at = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
};

export const clockTime = (atMs: number): string => exactTime(atMs).slice(11);

/** Bytes as a number of GiB, without the unit: a table's header has it. Small memories keep two digits after the point. */
export const gibText = (bytes: number): string => (bytes / GiB).toFixed(bytes < GiB ? 2 : 1);

export const gibWithUnit = (bytes: number): string => `${gibText(bytes)} GiB`;

export const wholeText = (value: number | null): string => (value === null ? nothing : String(Math.round(value)));

/** The name by which people speak of a revision. */
export const shortRevision = (revision: string | null): string => (revision === null ? "none" : revision.slice(0, 7));

/** "1 device", "2 devices". */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** Ids with numbers in the order that people count: pi-2 before pi-10. */
export const byName = new Intl.Collator("en", { numeric: true }).compare;

/** The status of a device as it is said. */
export const statusWord = ({ status, draining }: Pick<NodeRecord, "status" | "draining">): string => {
  const word = status === "never-seen" ? "not seen yet" : status;
  return draining ? `${word}, draining` : word;
};

/** Labels as they are written, parted by commas. */
export const labelsText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ") || "none";
