/** One number that one run of a bench found. */
export interface Figure {
  /** What was measured. Equal texts of several runs make one row. */
  readonly what: string;
  readonly unit: "s" | "ms" | "µs" | "MB" | "KiB" | "%" | "/s" | "/min" | "bytes" | "times" | "files" | "objects" | "tasks" | "events";
  readonly value: number;
}

/** A row of the printed table: the same figure over all runs. */
export interface Row {
  readonly what: string;
  readonly unit: Figure["unit"];
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly runs: number;
}

/**
 * The value below which `share` (0 to 1) of the values lie, by the nearest rank: always one of the values, never between two.
 * Throws RangeError without values.
 */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) throw new RangeError("no values, so no percentile");
  return value;
};

/** Joins the figures of several runs, in the order in which they first came. */
export const rowsOf = (runs: readonly (readonly Figure[])[]): Row[] =>
  [...Map.groupBy(runs.flat(), ({ what, unit }) => `${what}\0${unit}`).values()].flatMap((figures) => {
    const [first] = figures;
    if (first === undefined) return [];
    const values = figures.map(({ value }) => value);
    return [
      {
        what: first.what,
        unit: first.unit,
        min: Math.min(...values),
        median: percentile(values, 0.5),
        max: Math.max(...values),
        runs: values.length,
      },
    ];
  });

/** p50, p99 and the longest of one series of waits. */
export const latencies = (what: string, unit: "ms" | "µs", values: readonly number[]): Figure[] => [
  { what: `${what}: p50`, unit, value: percentile(values, 0.5) },
  { what: `${what}: p99`, unit, value: percentile(values, 0.99) },
  { what: `${what}: longest`, unit, value: values.reduce((most, value) => Math.max(most, value), 0) },
];

/** Three digits that count, and never an exponent. */
export const numberText = (value: number): string => {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 4));
};

/** The rows as a Markdown table with aligned columns. */
export const tableOf = (rows: readonly Row[]): string => {
  const cells = [
    ["what", "min", "median", "max", "unit", "runs"],
    ...rows.map(({ what, min, median, max, unit, runs }) => [what, numberText(min), numberText(median), numberText(max), unit, String(runs)]),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const right = (column: number): boolean => column > 0 && column !== 4;
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (right(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (right(column) ? `${"-".repeat(Math.max(width - 1, 1))}:` : "-".repeat(width))).join(" | ")} |`;
  const [head = [], ...body] = cells;
  return [line(head), rule, ...body.map(line)].join("\n");
};
