import { describe, expect, it } from "vitest";
import { type AgentSeen, gateOf, lookAtGate, STEADY_MS, type Waiting } from "./gate.ts";

const seen = (status: AgentSeen["status"]): AgentSeen => ({ status, reason: `it is ${status}` });

describe("whether the hub is asked about a machine after its upgrade", () => {
  it("is so where an agent is enrolled, also one that is away before", () => {
    expect(gateOf(seen("online"))).toEqual({ kind: "asked" });
    expect(gateOf(seen("offline"))).toEqual({ kind: "asked", away: "it is offline" });
    expect(gateOf(seen("suspect"))).toMatchObject({ kind: "asked" });
  });

  it("is not so for one that the hub does not know or whose agent never came, and says which", () => {
    expect(gateOf(undefined)).toEqual({ kind: "not asked", why: "the hub does not know it" });
    expect(gateOf(seen("never-seen"))).toEqual({ kind: "not asked", why: "no agent is enrolled" });
  });
});

describe("the waiting for a machine", () => {
  const limitMs = 60_000;
  /** Looks every second at what `statusAt` says; the decision and when it fell. */
  const wait = (statusAt: (second: number) => AgentSeen["status"]): [string, number] => {
    let waiting: Waiting = { sinceMs: 0 };
    for (let second = 0; ; second += 1) {
      const look = lookAtGate(waiting, seen(statusAt(second)), { nowMs: second * 1_000, limitMs });
      if (look.decision !== "wait") return [look.decision, second];
      waiting = look.waiting;
    }
  };
  const steady = STEADY_MS / 1_000;

  it("ends once its agent was online for a while", () => {
    expect(wait(() => "online")).toEqual(["back", steady]);
    expect(wait((second) => (second < 30 ? "offline" : "online"))).toEqual(["back", 30 + steady]);
  });

  it("is not fooled by a connection of before the boot that the hub still takes for alive", () => {
    expect(wait((second) => (second < 4 || second >= 50 ? "online" : "suspect"))).toEqual(["back", 50 + steady]);
  });

  it("ends when the time is over and nobody came", () => {
    expect(wait(() => "offline")).toEqual(["away", 60]);
    expect(wait((second) => (second < 5 ? "online" : "offline"))).toEqual(["away", 60]);
  });

  it("leaves one that came at the last moment the time to show that it stays, and no more", () => {
    expect(wait((second) => (second < 59 ? "offline" : "online"))).toEqual(["back", 59 + steady]);
    expect(wait((second) => (second % steady === 0 ? "suspect" : "online"))).toEqual(["away", 60]);
  });
});
