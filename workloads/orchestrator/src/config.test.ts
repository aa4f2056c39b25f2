import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { orchestratorConfig } from "./config.ts";

describe("the settings of the orchestrator", () => {
  const defaults = orchestratorConfig.parse({});

  it("start with the numbers of the design", () => {
    expect(defaults).toMatchObject({ httpPort: 8_080, heartbeatMs: 30_000, healthIntervalMs: 60_000, discoveryTimeoutMs: 30_000 });
    expect(defaults).toMatchObject({ discoveryAttempts: 3, healthFailuresMax: 5, inboxMax: 1_000, retryBackoffMs: 500 });
    expect(defaults.confirmMs).toBeGreaterThanOrEqual(3_000);
    expect(defaults.confirmMs).toBeLessThanOrEqual(5_000);
  });

  it("are in the README with their defaults", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const own = Object.entries(defaults).filter(([name]) => !["version", "opsHost", "logLevel", "stopDeadlineMs"].includes(name));
    for (const [name, value] of own) {
      const row = readme.split("\n").find((line) => line.startsWith("| `") && line.split("|")[1]?.includes(`\`${name}\``));
      expect(row, name).toContain(String(value));
    }
  });

  it("refuse a confirmation that takes longer than the silence which it shall undercut", () => {
    const parsed = orchestratorConfig.safeParse({ heartbeatMs: 1_000, heartbeatsMissedMax: 3, confirmMs: 3_000 });
    expect(parsed.error?.issues.map(({ path }) => path)).toEqual([["confirmMs"]]);
  });
});
