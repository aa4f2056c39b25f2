import { describe, expect, it } from "vitest";
import { latencies, numberText, percentile, rowsOf, tableOf } from "./figures.ts";

describe("a percentile", () => {
  it("is one of the values: the smallest that enough of them do not exceed", () => {
    const values = [40, 10, 30, 20];
    expect([0, 0.25, 0.5, 0.51, 0.75, 0.99, 1].map((share) => percentile(values, share))).toEqual([10, 10, 20, 30, 30, 40, 40]);
    expect(() => percentile([], 0.5)).toThrow(RangeError);
  });

  it("of a hundred values at 0.99 leaves one above", () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(latencies("a wait", "ms", values).map(({ value }) => value)).toEqual([50, 99, 100]);
  });
});

describe("the rows of several runs", () => {
  it("join equal figures and keep the order in which they came", () => {
    const run = (start: number, memory: number) => [
      { what: "start", unit: "ms" as const, value: start },
      { what: "memory", unit: "MB" as const, value: memory },
    ];
    expect(rowsOf([run(30, 5), run(10, 4), run(20, 6)])).toEqual([
      { what: "start", unit: "ms", min: 10, median: 20, max: 30, runs: 3 },
      { what: "memory", unit: "MB", min: 4, median: 5, max: 6, runs: 3 },
    ]);
  });

  it("are written with three digits that count", () => {
    expect([0, 0.01234, 0.5, 1.005, 12.34, 123.4, 123456].map(numberText)).toEqual(["0", "0.0123", "0.500", "1.00", "12.3", "123", "123456"]);
    expect(tableOf(rowsOf([[{ what: "start", unit: "ms", value: 1234.5 }]]))).toBe(
      [
        "| what  |  min | median |  max | unit | runs |",
        "| ----- | ---: | -----: | ---: | ---- | ---: |",
        "| start | 1235 |   1235 | 1235 | ms   |    1 |",
      ].join("\n"),
    );
  });
});
