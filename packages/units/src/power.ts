import { assertWhole, scaleDecimal } from "./decimal.ts";

/** What a power looks like, for schemas and messages. */
export const POWER_PATTERN = "^\\d+(\\.\\d{1,3})?(mW|W|kW)$";

const FACTORS: Readonly<Record<string, number>> = { mW: 1, W: 1000, kW: 1_000_000 };

/** Milliwatts of "25W", "7.5W", "500mW" or "1.2kW"; `undefined` for anything else or finer than a milliwatt. */
export const parsePowerMilliwatts = (text: string): number | undefined => {
  const match = /^([\d.]+)(mW|W|kW)$/.exec(text);
  return match === null ? undefined : scaleDecimal(match[1] ?? "", FACTORS[match[2] ?? ""] ?? 1, true);
};

/** The text of whole milliwatts, in watts where that is whole: "25W", "7500mW"; `parsePowerMilliwatts` gives back the same number. */
export const formatPowerMilliwatts = (milliwatts: number): string => {
  assertWhole(milliwatts, "milliwatts");
  return milliwatts % 1000 === 0 ? `${milliwatts / 1000}W` : `${milliwatts}mW`;
};

/** Watts of a power text: {@link parsePowerMilliwatts} divided by 1000. */
export const parseWatts = (text: string): number | undefined => {
  const milliwatts = parsePowerMilliwatts(text);
  return milliwatts === undefined ? undefined : milliwatts / 1000;
};
