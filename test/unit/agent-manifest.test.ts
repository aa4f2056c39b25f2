import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

describe("the agent in a cluster", () => {
  it("is one per node, with 32 MiB and 50m asked for and 64 MiB and 100m at most", () => {
    const committed = new URL("../../clusters/dev/apps/agent/daemonset-agent.yaml", import.meta.url);
    const { kind, spec } = parse(readFileSync(committed, "utf8"));
    expect(kind).toBe("DaemonSet");
    expect(spec.template.spec.containers).toMatchObject([
      { name: "agent", resources: { limits: { memory: "64Mi", cpu: "100m" }, requests: { memory: "32Mi", cpu: "50m" } } },
    ]);
  });
});
