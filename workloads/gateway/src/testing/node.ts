import type { NodeRecord } from "@fogline/contracts";

/** The record of a node that was declared and never seen. */
export const recordOf = (id: string): NodeRecord => ({
  ...{ id, site: "lab", region: "eu", cluster: null, tier: "iot", ring: null, hardware: "pi-5-8", connectivity: "lan", residency: null },
  ...{ availability: 0.99, labels: {}, status: "never-seen", statusSinceMs: 0, reason: "declared", draining: false, simulated: false },
  ...{ agentVersion: null, bootId: null, capabilities: null, state: null, executions: [], metrics: null, lastSeenAtMs: null, version: 1 },
});
