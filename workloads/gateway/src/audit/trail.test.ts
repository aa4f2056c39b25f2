import { virtualClock } from "@fogline/fakes";
import type { Change } from "@fogline/rpc";
import { describe, expect, it } from "vitest";
import type { NewRecord } from "./entries.ts";
import { AuditTrail } from "./trail.ts";

const change = (requestId: string, more: Partial<Change> = {}): Change => ({
  ...{ requestId, principal: { name: "ann", role: "admin" }, address: "192.0.2.7", operation: "nodes.drain", target: "pi-1" },
  ...more,
});
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A log whose commits are made by hand. */
const open = () => {
  const commits: { entries: readonly NewRecord[]; done: () => void; fail: (cause: unknown) => void }[] = [];
  const append = (entries: readonly NewRecord[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    commits.push({ entries, done: resolve, fail: reject });
    return promise;
  };
  const clock = virtualClock(5_000);
  return { commits, clock, trail: new AuditTrail({ append, clock, log: silent }) };
};
const turns = async () => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};

describe("the audit trail", () => {
  it("commits what comes together together, and what comes meanwhile in the next transaction", async () => {
    const { trail, commits } = open();
    const first = [trail.record(change("a"), "attempted"), trail.record(change("b"), "attempted")];
    await turns();
    const later = ["c", "d", "e"].map((id) => trail.record(change(id), "attempted"));
    await turns();
    expect(commits.map(({ entries }) => entries.map(({ requestId }) => requestId))).toEqual([["a", "b"]]);
    commits[0]?.done();
    await Promise.all(first);
    await turns();
    expect(commits[1]?.entries.map(({ requestId }) => requestId)).toEqual(["c", "d", "e"]);
    commits[1]?.done();
    await Promise.all(later);
  });

  it("resolves only when the entry is committed", async () => {
    const { trail, commits } = open();
    let written = false;
    const recording = trail.record(change("a"), "done", { status: 200, code: null }).then(() => {
      written = true;
    });
    await turns();
    expect(written).toBe(false);
    commits[0]?.done();
    await recording;
    expect(written).toBe(true);
  });

  it("rejects those whose transaction failed, and goes on with the next", async () => {
    const { trail, commits } = open();
    const lost = trail.record(change("a"), "attempted");
    await turns();
    const kept = trail.record(change("b"), "attempted");
    commits[0]?.fail(new Error("the disk is full"));
    await expect(lost).rejects.toThrow("the disk is full");
    await turns();
    commits[1]?.done();
    await kept;
  });

  it("says who did what to what, from where, when and how it ended, in text that every database keeps", async () => {
    const { trail, commits } = open();
    void trail.record(change("a", { target: `x\u0000\ud800${"y".repeat(300)}` }), "refused", { status: 409, code: "FL4005" });
    await turns();
    expect(commits[0]?.entries).toEqual([
      {
        ...{ atMs: 5_000, requestId: "a", principal: "ann", role: "admin", address: "192.0.2.7", operation: "nodes.drain" },
        ...{ target: `x\uFFFD\uFFFD${"y".repeat(197)}`, outcome: "refused", status: 409, code: "FL4005" },
      },
    ]);
  });

  it("writes only so many refusals of strangers from one address, so that nobody can push out what is kept", async () => {
    const { trail, commits } = open();
    const stranger = { principal: { name: "nobody", role: "anyone" } } as const;
    for (let turn = 0; turn < 100; turn++) void trail.record(change(`s${turn}`, stranger), "refused", { status: 401, code: "FL4002" });
    void trail.record(change("elsewhere", { ...stranger, address: "192.0.2.8" }), "refused", { status: 401, code: "FL4002" });
    await turns();
    expect(commits[0]?.entries).toHaveLength(61);
  });

  it("refuses more when too many wait", async () => {
    const { trail } = open();
    for (let turn = 0; turn < 5_500; turn++) void trail.record(change("a"), "attempted").catch(() => {});
    await turns();
    for (let turn = 0; turn < 501; turn++) void trail.record(change("b"), "attempted").catch(() => {});
    await expect(trail.record(change("c"), "attempted")).rejects.toThrow("5000 entries wait");
  });
});
