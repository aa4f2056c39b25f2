import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { schedulerConfig } from "./config.ts";

describe("the settings of the scheduler", () => {
  const defaults = schedulerConfig.parse({});

  it("start with the numbers of the design", () => {
    expect(defaults).toMatchObject({ loopMs: 5_000, queueMax: 1_000, tasksPerNodeMax: 4, missingAfterMs: 90_000, moveFactor: 1.5 });
  });

  it("are in the README with their defaults", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const own = Object.entries(defaults).filter(([name]) => !["version", "opsHost", "logLevel", "stopDeadlineMs"].includes(name));
    for (const [name, value] of own) {
      const row = readme.split("\n").find((line) => line.startsWith(`| \`${name}\``));
      expect(row, name).toContain(String(value));
    }
  });

  it("refuse a loss that is noticed before what was lost is handed over again", () => {
    const parsed = schedulerConfig.safeParse({ resendMs: 60_000, missingAfterMs: 60_000 });
    expect(parsed.error?.issues.map(({ path }) => path)).toEqual([["missingAfterMs"]]);
  });
});
