import { readFileSync } from "node:fs";
import { agentProtocolVersion } from "@fogline/contracts";
import { describe, expect, it } from "vitest";
import { gatewayVersion } from "../version.ts";
import { misfitOf } from "./skew.ts";

const [major = 0, minor = 0] = gatewayVersion.split(".").map(Number);
const told = (agentVersion: string, protocol = agentProtocolVersion) => {
  const warned: unknown[] = [];
  const log = { debug: () => {}, info: () => {}, error: () => {}, warn: (fields: unknown) => void warned.push(fields) };
  return { misfit: misfitOf({ nodeId: "pi-1", agentVersion, protocol }, log as never), warned };
};

describe("an agent's version, as the gateway looks at it", () => {
  it("is compared with that of the code, which is its package's", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
    expect(gatewayVersion).toBe(version);
    expect(told(gatewayVersion)).toEqual({ misfit: undefined, warned: [] });
  });

  it("is a reason not to take it when it is newer by a major version", () => {
    expect(told(`${major + 1}.0.0`).misfit).toBe(
      `the agent is ${major + 1}.0.0, the hub ${gatewayVersion}: never newer by a major version; upgrade the hub first`,
    );
  });

  it("is taken and warned of when it is newer by a minor version", () => {
    const newer = `${major}.${minor + 1}.0`;
    expect(told(newer)).toEqual({
      misfit: undefined,
      warned: [{ node: "pi-1", reason: `the agent is ${newer}, the hub ${gatewayVersion}; the hub goes first, upgrade it` }],
    });
  });
});
