import { fail } from "@fogline/findings";
import { describe, expect, it } from "vitest";
import { createDeeds } from "./deeds.ts";
import type { Hands } from "./program.ts";

/** Hands that write down what they were asked. */
const handsOf = (changes: Partial<Hands> = {}) => {
  const asked: string[] = [];
  const hands: Hands = {
    abilities: ["reboot", "rotate"],
    open: async () => fail({ code: "FL4155", message: "not here" }),
    withdrawn: () => undefined,
    refusal: () => undefined,
    reboot: async () => void asked.push("reboot"),
    rotate: async () => void asked.push("rotate"),
    ...changes,
  };
  return { hands, asked };
};
const deedsOf = (hands: Hands | undefined, running: readonly string[] = [], asked: string[] = []) =>
  createDeeds({
    hands,
    unrepeatable: () => running,
    flushed: async () => void asked.push("flushed"),
    rebooting: (by) => asked.push(`told ${by}`),
  });
const reboot = (force = false) => ({ kind: "reboot", force, by: "ada" }) as const;

describe("a reboot that the hub asks for", () => {
  it("comes after the results of what ran are with the hub, and says who asked", async () => {
    const { hands, asked } = handsOf();
    expect(await deedsOf(hands, [], asked)(reboot())).toEqual({ done: true });
    expect(asked).toEqual(["flushed", "told ada", "reboot"]);
  });

  it("is refused while something runs that may not be started again, unless it is forced", async () => {
    const { hands, asked } = handsOf();
    const deeds = deedsOf(hands, ["t1.1", "t2.1", "t3.1", "t4.1"]);
    expect(await deeds(reboot())).toEqual({
      done: false,
      code: "FL4154",
      message: "it runs t1.1, t2.1, t3.1 and 1 more, which may not be started again",
    });
    expect(asked).toEqual([]);
    expect(await deeds(reboot(true))).toEqual({ done: true });
  });

  it("is refused where nobody at the device has allowed it, forced or not", async () => {
    const { hands } = handsOf({ refusal: () => "it is a laptop, and nobody there has allowed it" });
    expect(await deedsOf(hands)(reboot(true))).toMatchObject({ done: false, code: "FL4151" });
  });

  it("says why the machine did not take it", async () => {
    const { hands } = handsOf({ reboot: async () => "systemctl reboot: Access denied" });
    expect(await deedsOf(hands)(reboot())).toEqual({ done: false, code: "FL4155", message: "systemctl reboot: Access denied" });
  });
});

describe("another key that the hub asks for", () => {
  it("needs nobody's consent, and says why it was not made", async () => {
    const { hands, asked } = handsOf({ refusal: () => "nobody" });
    expect(await deedsOf(hands)({ kind: "rotate" })).toEqual({ done: true });
    expect(asked).toEqual(["rotate"]);
    const failing = handsOf({ rotate: async () => "the hub cannot be reached" });
    expect(await deedsOf(failing.hands)({ kind: "rotate" })).toEqual({ done: false, code: "FL4155", message: "the hub cannot be reached" });
  });
});
