import { formatBytes, parseBytes } from "./bytes.ts";

/** What a data budget looks like, for schemas and messages. */
export const DATA_BUDGET_PATTERN = "^\\d+(\\.\\d+)? ?([kKMGT]?B|[KMGT]iB)/(hour|day|week|month)$";

/** What a bandwidth looks like, for schemas and messages. */
export const BANDWIDTH_PATTERN = "^\\d+(\\.\\d+)?(kbit|Mbit|Gbit)/s$";

/** Days of each budget period; a month counts 30 days, as mobile contracts do. */
const PERIODS: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30 };

/** Bytes a day of "200MB/day", "10MB/hour", "6GB/month" (30 days), rounded down; `undefined` for anything else. */
export const parseBytesPerDay = (text: string): number | undefined => {
  const slash = text.lastIndexOf("/");
  const bytes = parseBytes(text.slice(0, Math.max(0, slash)));
  const period = text.slice(slash + 1);
  if (bytes === undefined) return undefined;
  const perDay = period === "hour" ? bytes * 24 : Math.floor(bytes / ((Object.hasOwn(PERIODS, period) && PERIODS[period]) || Number.NaN));
  return Number.isSafeInteger(perDay) ? perDay : undefined;
};

/** The exact text of a data budget; `parseBytesPerDay` gives back the same number. */
export const formatBytesPerDay = (bytesPerDay: number): string => `${formatBytes(bytesPerDay)}/day`;

const BIT_FACTORS: Readonly<Record<string, number>> = { kbit: 1000, Mbit: 1_000_000, Gbit: 1_000_000_000 };

/** Bytes a second of "2Mbit/s", rounded down; `undefined` for anything else. */
export const parseBytesPerSecond = (text: string): number | undefined => {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(kbit|Mbit|Gbit)\/s$/.exec(text);
  return match === null ? undefined : Math.floor((Number(match[1]) * (BIT_FACTORS[match[2] ?? ""] ?? 0)) / 8);
};
