/**
 * Throws for parameters that the dialects would store differently or not exactly: RangeError for integers above 2^53 and for numbers that are
 * not finite, TypeError for strings with a NUL and for anything but null, strings, numbers, bigints and Uint8Arrays. Adapters call it before they bind.
 */
export const checkParameters = (parameters: readonly unknown[]): void => {
  for (const [index, value] of parameters.entries()) {
    if (value === null || value instanceof Uint8Array) continue;
    if (typeof value === "string") {
      if (value.includes("\0")) throw new TypeError(`parameter ${index + 1} contains a NUL character, which PostgreSQL cannot hold`);
    } else if (typeof value === "number") {
      if (!Number.isFinite(value)) throw new RangeError(`parameter ${index + 1} is ${value}, which a database cannot hold`);
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new RangeError(`parameter ${index + 1} is above 2^53: ${value}`);
    } else if (typeof value === "bigint") {
      if (!Number.isSafeInteger(Number(value))) throw new RangeError(`parameter ${index + 1} is above 2^53: ${value}`);
    } else throw new TypeError(`parameter ${index + 1} is ${typeof value}; store text, a number, bytes or null`);
  }
};
