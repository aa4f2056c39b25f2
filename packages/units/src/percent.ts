import { scaleDecimal } from "./decimal.ts";

/** What a percentage looks like, for schemas and messages. */
export const PERCENT_PATTERN = "^(100(\\.0{1,2})?|\\d{1,2}(\\.\\d{1,2})?)%$";

/** The fraction 0 to 1 of "10%" or "0.5%", to a hundredth of a percent; `undefined` for anything else or above 100 %. */
export const parsePercent = (text: string): number | undefined => {
  if (!text.endsWith("%")) return undefined;
  const basisPoints = scaleDecimal(text.slice(0, -1), 100, true);
  return basisPoints === undefined || basisPoints > 10_000 ? undefined : basisPoints / 10_000;
};

/** The text of a fraction from 0 to 1, to a hundredth of a percent: 0.1 is "10%". */
export const formatPercent = (fraction: number): string => {
  if (!(fraction >= 0 && fraction <= 1)) throw new RangeError(`a fraction is from 0 to 1, not ${fraction}`);
  return `${Math.round(fraction * 10_000) / 100}%`;
};
