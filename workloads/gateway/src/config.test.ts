import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { gatewayConfig } from "./config.ts";

describe("the settings of the gateway", () => {
  const defaults = gatewayConfig.parse({});

  it("start with the ports and limits of the design", () => {
    expect(defaults).toMatchObject({
      httpPort: 3_000,
      agentPort: 8_091,
      bodyBytesMax: 262_144,
      frameBytesMax: 262_144,
      pingMs: 2_000,
      sampleMs: 2_000,
    });
  });

  it("are in the README with their defaults", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const own = Object.entries(defaults).filter(([name]) => !["version", "opsHost", "logLevel", "stopDeadlineMs"].includes(name));
    for (const [name, value] of own) {
      const row = readme.split("\n").find((line) => line.startsWith("| `") && line.split("|")[1]?.includes(`\`${name}\``));
      expect(row, name).toContain(typeof value === "object" ? JSON.stringify(value) : String(value));
    }
  });

  it("refuse what is unknown and what is out of bounds", () => {
    expect(gatewayConfig.safeParse({ colour: "red" }).success).toBe(false);
    expect(gatewayConfig.safeParse({ httpPort: 65_536 }).success).toBe(false);
    expect(gatewayConfig.safeParse({ pingMs: "NaN" }).success).toBe(false);
  });
});
