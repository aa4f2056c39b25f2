/** Digits accepted before and after the point; more than any quantity needs and few enough to stay cheap. */
const DECIMAL = /^(\d{1,16})(?:\.(\d{1,9}))?$/;

/**
 * `text * factor` rounded down to a whole number, computed without floating point; `undefined` when `text` is no plain
 * decimal or the product leaves the safe integers. `exact` refuses a remainder instead of rounding.
 */
export const scaleDecimal = (text: string, factor: number, exact: boolean): number | undefined => {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const fraction = match[2] ?? "";
  const scale = 10n ** BigInt(fraction.length);
  const product = BigInt(`${match[1]}${fraction}`) * BigInt(factor);
  if (exact && product % scale !== 0n) return undefined;
  const whole = product / scale;
  return whole > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(whole);
};

/** True for what every formatter here takes: a whole number from 0 to 2^53 - 1. */
export const isWhole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** Throws for a number that is not whole: a wrong caller, never wrong input. */
export const assertWhole = (value: number, what: string): void => {
  if (!isWhole(value)) throw new RangeError(`${what} must be a whole number from 0 to 2^53 - 1, not ${value}`);
};
