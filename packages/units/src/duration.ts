import { assertWhole, scaleDecimal } from "./decimal.ts";

/** Milliseconds of each unit, largest first: the order in which parts of a compound duration stand. */
const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;

const PART = /(\d{1,16}(?:\.\d{1,9})?)(ms|[dhms])/y;

/** What a duration looks like, for schemas and messages. */
export const DURATION_PATTERN = "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m)?(\\d+(\\.\\d+)?s)?(\\d+ms)?$";

/**
 * Milliseconds of "2h", "500ms", "1.5s" or "1h30m" (largest unit first, each once). `undefined` for anything else:
 * no unit, a sign, spaces, a part of a millisecond, or more than 2^53 - 1 ms.
 */
export const parseDurationMs = (text: string): number | undefined => {
  let sumMs = 0;
  let nextUnit = 0;
  let position = 0;
  while (position < text.length) {
    PART.lastIndex = position;
    const match = PART.exec(text);
    if (match === null) return undefined;
    const unit = UNITS.findIndex(([name], index) => index >= nextUnit && name === match[2]);
    if (unit === -1) return undefined;
    const partMs = scaleDecimal(match[1] ?? "", UNITS[unit]?.[1] ?? 1, true);
    if (partMs === undefined) return undefined;
    sumMs += partMs;
    nextUnit = unit + 1;
    position = PART.lastIndex;
  }
  return text === "" || !Number.isSafeInteger(sumMs) ? undefined : sumMs;
};

/** The shortest compound text of whole milliseconds ("1h30m", "0s"); `parseDurationMs` gives back the same number. */
export const formatDurationMs = (durationMs: number): string => {
  assertWhole(durationMs, "durationMs");
  let rest = durationMs;
  let text = "";
  for (const [name, unitMs] of UNITS) {
    const count = Math.floor(rest / unitMs);
    if (count > 0) text += `${count}${name}`;
    rest -= count * unitMs;
  }
  return text === "" ? "0s" : text;
};
