import type { FromAgent } from "@fogline/contracts/agent-protocol";
import { virtualClock } from "@fogline/fakes";
import { describe, expect, it } from "vitest";
import { createOutbox } from "./outbox.ts";
import type { Connection, Store } from "./ports.ts";
import { acceptedReport } from "./reports.ts";
import { sqliteStore } from "./store.ts";
import { executionOf } from "./testing/hub.ts";

const wire = (): { connection: Connection; sequences: () => number[]; clear: () => void } => {
  let sent: number[] = [];
  return {
    connection: {
      send: (text) => {
        const frame = JSON.parse(text) as FromAgent;
        if (frame.type === "report") sent.push(frame.sequence);
      },
      ping: () => undefined,
      close: () => undefined,
    },
    sequences: () => sent,
    clear: () => {
      sent = [];
    },
  };
};
const fill = (store: Store, count: number, from = 0) => {
  for (let index = from; index < from + count; index += 1) {
    const execution = executionOf(`t${index}.1`, ["true"]);
    store.accept(execution, acceptedReport(execution, 0));
  }
};
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => index + first);

describe("the outbox", () => {
  it("sends in order from where the hub is, and no faster than it may", async () => {
    const store = sqliteStore(":memory:", 1);
    const clock = virtualClock(0);
    const outbox = createOutbox(store, clock);
    fill(store, 400);
    const { connection, sequences } = wire();
    outbox.open(connection, 10);
    expect(sequences()).toEqual(upTo(110, 11));
    outbox.acknowledge(110);
    await clock.advance(500);
    expect(sequences().length).toBeGreaterThan(110);
    expect(sequences().length).toBeLessThanOrEqual(100 + 128);
    for (let second = 0; second < 3; second += 1) {
      outbox.acknowledge(sequences().at(-1) ?? 0);
      await clock.advance(1000);
    }
    expect(sequences()).toEqual(upTo(400, 11));
  });

  it("sends again what stays without acknowledgement, and nothing that has it", async () => {
    const store = sqliteStore(":memory:", 1);
    const clock = virtualClock(0);
    const outbox = createOutbox(store, clock);
    const { connection, sequences, clear } = wire();
    outbox.open(connection, 0);
    fill(store, 3);
    outbox.wake();
    expect(sequences()).toEqual([1, 2, 3]);
    clear();
    outbox.acknowledge(1);
    await clock.advance(10_000);
    expect(sequences()).toEqual([2, 3]);
    clear();
    outbox.acknowledge(3);
    await clock.advance(60_000);
    expect(sequences()).toEqual([]);
  });

  it("keeps what comes while nobody listens, and tells when all is delivered", async () => {
    const store = sqliteStore(":memory:", 1);
    const clock = virtualClock(0);
    const outbox = createOutbox(store, clock);
    fill(store, 2);
    outbox.wake();
    const { connection, sequences } = wire();
    outbox.open(connection, 0);
    let emptied = false;
    const waiting = outbox.emptied(5000).then(() => {
      emptied = true;
    });
    await clock.advance(1000);
    expect([sequences(), emptied]).toEqual([[1, 2], false]);
    outbox.acknowledge(2);
    await waiting;
    outbox.close();
    fill(store, 1, 2);
    await outbox.emptied(5000);
    expect(store.pendingCount()).toBe(1);
  });
});
