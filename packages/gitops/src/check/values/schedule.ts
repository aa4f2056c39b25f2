import type { Format } from "./formats.ts";

/** A field of a cron line: its bounds, and words for its numbers. */
interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly words?: readonly string[];
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const fields: readonly Field[] = [
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day of the month", min: 1, max: 31 },
  { name: "month", min: 1, max: 12, words: months },
  { name: "day of the week", min: 0, max: 6, words: days },
];

const numberOf = (text: string, { min, max, words = [] }: Field): number | undefined => {
  const word = words.indexOf(text.toLowerCase());
  const number = word >= 0 ? word + min : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number >= min && number <= max ? number : undefined;
};

const isPart = (text: string, field: Field): boolean => {
  const [, from = "", to, step] = /^([^-/]+)(?:-([^-/]+))?(?:\/([^-/]+))?$/.exec(text) ?? [];
  if (from === "" || (step !== undefined && !/^0*[1-9]\d*$/.test(step))) return false;
  if (from === "*" || from === "?") return to === undefined;
  const [first, last] = [numberOf(from, field), to === undefined ? undefined : numberOf(to, field)];
  return first !== undefined && (to === undefined || (last !== undefined && last >= first));
};

/** A line of cron as CronJobs take it: five fields, or a word such as @daily (github.com/robfig/cron, `ParseStandard`). */
export const schedule: Format = (text) => {
  if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(text) || /^@every (\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text))
    return undefined;
  if (/TZ=/.test(text)) return "the time zone stands in spec.timeZone";
  const given = text.trim().split(/\s+/);
  if (given.length !== fields.length) return `a schedule has five fields, and this has ${text.trim() === "" ? 0 : given.length}`;
  const wrong = fields.find((field, index) => !(given[index] ?? "").split(",").every((part) => isPart(part, field)));
  return wrong === undefined ? undefined : `its ${wrong.name} is not one`;
};
