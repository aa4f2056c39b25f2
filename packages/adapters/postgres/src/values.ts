import pg from "pg";

const { builtins } = pg.types;
const whole = /^-?\d+$/;

/** A number as text; RangeError when it is a whole number above 2^53, which a JavaScript number would round. */
const exactNumber = (value: string): number => {
  const number = Number(value);
  if (whole.test(value) && !Number.isSafeInteger(number)) throw new RangeError(`the database holds an integer above 2^53: ${value}`);
  return number;
};

const parsers: ReadonlyMap<number, (value: string) => unknown> = new Map<number, (value: string) => unknown>([
  [builtins.INT8, exactNumber],
  // Sums of integers arrive as numeric.
  [builtins.NUMERIC, exactNumber],
  // As in SQLite, which has no boolean: the answer of `exists` and of comparisons is 1 or 0.
  [builtins.BOOL, (value) => (value === "t" ? 1 : 0)],
  // `\x` and two hex digits a byte; a plain Uint8Array, not a Buffer.
  [builtins.BYTEA, (value) => new Uint8Array(Buffer.from(value.slice(2), "hex"))],
]);

/** How pg turns column values into JavaScript ones, so that rows look the same as SQLite's. */
export const valueTypes: pg.CustomTypesConfig = {
  getTypeParser: (type, format) => parsers.get(type) ?? pg.types.getTypeParser(type, format),
};
