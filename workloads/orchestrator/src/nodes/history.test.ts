import type { NodeStatus } from "@fogline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changesKeptMax, connectionHistory, keptReason } from "./history.ts";

const minute = 60_000;
const change = (minutes: number, status: NodeStatus, reason = "") => ({ atMs: minutes * minute, status, reason });
/** Of the time between two moments, in minutes. */
const between = (from: number, to: number, ...known: ReturnType<typeof change>[]) => connectionHistory(known, from * minute, to * minute);

describe("the history of a node", () => {
  it("is all online when nothing happened, with the status at the beginning first", () => {
    expect(between(60, 120, change(10, "online", "it connected for the first time"))).toEqual({
      sinceMs: 60 * minute,
      changes: [change(60, "online", "it connected for the first time")],
      outages: 0,
      offlineMs: 0,
      longestOutageMs: 0,
      availability: 1,
    });
  });

  it("counts an outage once, from the suspicion until the node is online again", () => {
    const history = between(0, 100, change(0, "online"), change(20, "suspect"), change(24, "offline"), change(40, "online"));
    expect(history).toMatchObject({ outages: 1, offlineMs: 20 * minute, longestOutageMs: 20 * minute, availability: 0.8 });
    expect(history.changes).toHaveLength(4);
  });

  it("counts a suspicion that proves wrong, and keeps the longest of several outages", () => {
    const changes = [
      change(0, "online"),
      change(10, "suspect"),
      change(15, "online"),
      change(50, "suspect"),
      change(55, "offline"),
      change(65, "online"),
    ];
    expect(between(0, 100, ...changes)).toMatchObject({ outages: 2, offlineMs: 20 * minute, longestOutageMs: 15 * minute, availability: 0.8 });
  });

  it("counts an outage that began earlier with its part, and one that goes on until now", () => {
    const changes = [change(0, "online"), change(10, "offline"), change(30, "online"), change(90, "suspect")];
    const history = between(20, 100, ...changes);
    expect(history).toMatchObject({ outages: 2, offlineMs: 20 * minute, longestOutageMs: 10 * minute, availability: 0.75 });
    expect(history.changes.map(({ atMs, status }) => [atMs / minute, status])).toEqual([
      [20, "offline"],
      [30, "online"],
      [90, "suspect"],
    ]);
  });

  it("measures availability since the node was first seen, and has none of a node that never was", () => {
    expect(between(0, 100, change(0, "never-seen"), change(60, "online"), change(90, "suspect"))).toMatchObject({ availability: 0.75, outages: 1 });
    expect(between(0, 100, change(40, "never-seen"))).toMatchObject({ sinceMs: 40 * minute, availability: null, outages: 0 });
    expect(between(0, 100)).toEqual({ sinceMs: 100 * minute, changes: [], outages: 0, offlineMs: 0, longestOutageMs: 0, availability: null });
  });

  it("of a node that connects this very moment is all online", () => {
    expect(between(0, 100, change(0, "never-seen"), change(100, "online")).availability).toBe(1);
    expect(between(0, 100, change(0, "never-seen"), change(100, "suspect")).availability).toBe(0);
  });

  it("never runs backwards, although the wall clock did", () => {
    const changes = [change(50, "online"), change(20, "suspect"), change(60, "online"), change(500, "offline")];
    expect(between(0, 100, ...changes)).toMatchObject({ outages: 2, offlineMs: 10 * minute, longestOutageMs: 10 * minute, availability: 0.8 });
  });

  it("adds up whatever happened: parts make the whole, and no outage is longer than all together", () => {
    const statuses = fc.constantFrom<NodeStatus>("never-seen", "online", "suspect", "offline");
    const known = fc.array(fc.record({ atMs: fc.integer({ min: 0, max: 1_000 }), status: statuses, reason: fc.constant("") }), { maxLength: 30 });
    fc.assert(
      fc.property(known, fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 0, max: 1_000 }), (changes, one, other) => {
        const [sinceMs, nowMs] = [Math.min(one, other), Math.max(one, other)];
        const history = connectionHistory(changes, sinceMs, nowMs);
        const { offlineMs, longestOutageMs, outages, availability } = history;
        expect(history.sinceMs).toBeGreaterThanOrEqual(sinceMs);
        expect(offlineMs).toBeGreaterThanOrEqual(longestOutageMs);
        expect(offlineMs).toBeLessThanOrEqual(outages * longestOutageMs);
        expect(offlineMs).toBeLessThanOrEqual(nowMs - history.sinceMs);
        if (availability !== null) expect(availability).toBeGreaterThanOrEqual(0);
        if (availability !== null) expect(availability).toBeLessThanOrEqual(1);
        expect(history.changes.every(({ atMs }) => atMs >= sinceMs && atMs <= nowMs)).toBe(true);
        // Looking at it in two halves finds the same time offline.
        const middleMs = Math.floor((history.sinceMs + nowMs) / 2);
        const halves = [connectionHistory(changes, history.sinceMs, middleMs), connectionHistory(changes, middleMs, nowMs)];
        const inOrder = changes.every(({ atMs }, index) => atMs <= (changes[index + 1]?.atMs ?? nowMs) && atMs <= middleMs);
        if (inOrder) expect((halves[0]?.offlineMs ?? 0) + (halves[1]?.offlineMs ?? 0)).toBe(offlineMs);
      }),
    );
  });
});

describe("a kept reason", () => {
  it("is whole when it is short, and so short that all changes of a node fit into one message", () => {
    expect(keptReason("its connection was lost: it did not answer 2 pings")).toBe("its connection was lost: it did not answer 2 pings");
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), (reason) => {
        const kept = keptReason(reason);
        expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThanOrEqual(160);
        expect(kept === reason || kept.endsWith("...")).toBe(true);
      }),
    );
    const entry = { atMs: 1_700_000_000_000, status: "never-seen", reason: keptReason("x".repeat(2_000)) };
    expect(Buffer.byteLength(JSON.stringify(Array.from({ length: changesKeptMax }, () => entry)))).toBeLessThan(230_000);
  });
});
