import { describe, expect, it } from "vitest";
import { skewLines } from "./device.ts";

describe("the list of devices", () => {
  it("names the agents that are not of the hub's version, and no others", () => {
    const nodes = [
      { id: "pi-1", agentVersion: "1.4.2" },
      { id: "pi-2", agentVersion: "1.3.0" },
      { id: "pi-3", agentVersion: "1.2.0" },
      { id: "pi-4", agentVersion: "1.1.0" },
      { id: "pi-5", agentVersion: null },
    ];
    expect(skewLines(nodes, "1.4.0")).toEqual([
      "pi-2: the agent is 1.3.0, the hub 1.4.0 (supported)",
      "pi-3: the agent is 1.2.0, the hub 1.4.0, the oldest that it takes; upgrade the agent before the hub (act soon)",
      "pi-4: the agent is 1.1.0, the hub 1.4.0: 3 minor versions older, at most 2 are supported; upgrade the agent (refused)",
    ]);
  });
});
