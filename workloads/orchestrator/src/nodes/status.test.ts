import { NodeStatus } from "@fogline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type StatusEvent, transition } from "./status.ts";

const statuses = NodeStatus.options;
const event: fc.Arbitrary<StatusEvent> = fc.oneof(
  fc.constant({ kind: "hello" } as const),
  fc.record({ kind: fc.constant("heartbeat" as const), connected: fc.boolean() }),
  fc.record({ kind: fc.constant("disconnected" as const), reason: fc.string({ minLength: 1 }) }),
  fc.record({ kind: fc.constant("unconfirmed" as const), reason: fc.string({ minLength: 1 }) }),
  fc.record({ kind: fc.constant("seenByPeer" as const), peer: fc.string() }),
  fc.record({ kind: fc.constant("silent" as const), silentMs: fc.nat(), missed: fc.nat() }),
  fc.constant({ kind: "hubRestarted" } as const),
  fc.constant({ kind: "connectionSurvived" } as const),
);

describe("the status of a node", () => {
  it("is online after a hello, whatever it was", () => {
    for (const status of statuses) expect(transition(status, { kind: "hello" })?.status ?? status).toBe("online");
  });

  it("becomes suspect, and not offline, when the connection is lost", () => {
    expect(transition("online", { kind: "disconnected", reason: "it closed" })).toEqual({
      status: "suspect",
      reason: "its connection was lost: it closed",
    });
  });

  it("becomes offline only from suspect when nobody confirms it", () => {
    expect(transition("suspect", { kind: "unconfirmed", reason: "nobody" })?.status).toBe("offline");
    for (const status of ["never-seen", "online", "offline"] as const) {
      expect(transition(status, { kind: "unconfirmed", reason: "nobody" })).toBeUndefined();
    }
  });

  it("stays suspect, with another reason, when a peer reaches it", () => {
    expect(transition("suspect", { kind: "seenByPeer", peer: "pi-2" })).toEqual({
      status: "suspect",
      reason: 'its connection is lost, but "pi-2" of its site reaches it',
    });
  });

  it("becomes offline from silence and says for how long", () => {
    expect(transition("online", { kind: "silent", silentMs: 90_000, missed: 3 })).toEqual({
      status: "offline",
      reason: "silent for 90 s: 3 heartbeats missed",
    });
  });

  it("comes back with a heartbeat only where a connection is open", () => {
    expect(transition("offline", { kind: "heartbeat", connected: true })?.status).toBe("online");
    expect(transition("offline", { kind: "heartbeat", connected: false })).toBeUndefined();
    expect(transition("suspect", { kind: "heartbeat", connected: false })).toBeUndefined();
  });

  it("is never-seen until the first hello, whatever else happens", () => {
    fc.assert(
      fc.property(fc.array(event.filter(({ kind }) => kind !== "hello")), (events) => {
        expect(events.every((happened) => transition("never-seen", happened) === undefined)).toBe(true);
      }),
    );
  });

  it("is never never-seen again, and every change has a reason", () => {
    fc.assert(
      fc.property(fc.constantFrom(...statuses), event, (status, happened) => {
        const next = transition(status, happened);
        if (next === undefined) return;
        expect(next.status).not.toBe("never-seen");
        expect(next.reason.length).toBeGreaterThan(0);
      }),
    );
  });
});
