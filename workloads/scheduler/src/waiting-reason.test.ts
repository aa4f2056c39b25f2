import { TaskSpec } from "@fogline/contracts";
import { describe, expect, it } from "vitest";
import { waitingReason } from "./waiting-reason.ts";

const spec = (change: Partial<TaskSpec> = {}): TaskSpec => ({ ...TaskSpec.parse({ command: ["true"] }), ...change });
const refusedBy = (...rules: string[]) => ({
  ...{ decidedAtMs: 1, profile: "fog", chosen: null, candidates: [] },
  refused: rules.map((rule, index) => ({ node: `pi-${index}`, refusal: { rule, message: `pi-${index} refuses by ${rule}`, facts: {} } })),
});

describe("why a task waits", () => {
  it("names the missing GPU first, then what else keeps nodes out", () => {
    expect(waitingReason(refusedBy("gpu", "gpu", "status"), spec({ gpu: true }))).toBe("needs a GPU: 0 of 3 nodes have one free; 1 not online");
  });

  it("counts what keeps nodes out, the most frequent first", () => {
    expect(waitingReason(refusedBy("status", "memory", "memory", "battery"), spec())).toBe(
      "waits: 0 of 4 nodes can take it; 2 without 64 MiB free, 1 refused by battery, 1 not online",
    );
  });

  it("speaks of the one node when the task is pinned to it", () => {
    expect(waitingReason(refusedBy("node", "cpu"), spec({ node: "pi-1" }))).toBe("waits for its node: pi-1 refuses by cpu");
    expect(waitingReason(refusedBy("node"), spec({ node: "pi-9" }))).toBe("waits: its node pi-9 does not exist");
  });

  it("says that there are no nodes", () => {
    expect(waitingReason(refusedBy(), spec())).toBe("waits: there are no nodes");
  });
});
