import { TaskSpec } from "@fogline/contracts";
import { describe, expect, it } from "vitest";
import { chosenBecause } from "./moves.ts";

const spec = TaskSpec.parse({ command: ["true"] });
const candidate = (node: string, score: number, ...reasons: string[]) => ({
  node,
  score,
  parts: [
    { name: "compute", kind: "points" as const, value: score },
    ...reasons.map((reason) => ({ name: "power", kind: "factor" as const, value: 1.2, reason })),
  ],
});
const placement = (...candidates: ReturnType<typeof candidate>[]) => ({ decidedAtMs: 1, profile: "fog", chosen: "a", candidates, refused: [] });

describe("why a task came to its first node", () => {
  it("is its score among the others, with the reasons of its parts", () => {
    expect(chosenBecause(placement(candidate("a", 76.64, "mains"), candidate("b", 20)), spec, "a")).toBe("a scores 76.6, the most of 2 (mains)");
    expect(chosenBecause(placement(candidate("a", 12)), spec, "a")).toBe("a alone can take it");
  });

  it("is the wish of who submitted it, and little more than nothing without an explanation", () => {
    expect(chosenBecause(placement(candidate("a", 12)), { ...spec, node: "a" }, "a")).toBe("it was asked for on a");
    expect(chosenBecause(undefined, spec, "a")).toBe("a was chosen");
  });
});
