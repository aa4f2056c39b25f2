import { describe, expect, it } from "vitest";
import { Inboxes } from "./inbox.ts";

describe("an inbox", () => {
  it("delivers in order, one at a time, also after one that failed", async () => {
    const inboxes = new Inboxes({ max: 10 });
    const seen: string[] = [];
    const deliver = (name: string) => async () => {
      seen.push(`${name} begins`);
      await Promise.resolve();
      if (name === "b") throw new Error("b is broken");
      seen.push(`${name} ends`);
    };
    const all = ["a", "b", "c"].map((name) => inboxes.add("p-1", deliver(name)));
    const outcomes = await Promise.allSettled(all);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(seen).toEqual(["a begins", "a ends", "b begins", "c begins", "c ends"]);
    expect(inboxes.pending("p-1")).toBe(0);
  });

  it("takes no more than its limit, each target for itself", async () => {
    const inboxes = new Inboxes({ max: 2 });
    const gate = Promise.withResolvers<void>();
    const wait = () => gate.promise;
    const taken = [inboxes.add("p-1", wait), inboxes.add("p-1", wait)];
    expect(inboxes.add("p-1", wait)).toBeUndefined();
    expect(inboxes.add("p-2", wait)).toBeDefined();
    gate.resolve();
    await Promise.all(taken);
    expect(inboxes.add("p-1", wait)).toBeDefined();
  });
});
