import { seededRandom, virtualClock } from "@fogline/fakes";
import { inProcessBus } from "@fogline/in-process";
import { type Bus, BusError, type Database, migrate } from "@fogline/ports";
import { openSqlite } from "@fogline/sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { createClient, emit, outboxMigration, type Relay, startRelay } from "./index.ts";
import { dishReady } from "./testing/kitchen.ts";

const toStop: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of toStop.splice(0).reverse()) await stop();
});

const world = async () => {
  const clock = virtualClock(1_000_000);
  const random = seededRandom(5);
  const real = inProcessBus({ clock, random });
  const link = { broken: false, failOnce: new Set<string>(), published: 0 };
  const bus: Bus = {
    ...real,
    publish: async (subject, payload, headers) => {
      if (link.broken) throw new BusError("closed", subject, "the link is down");
      link.published += 1;
      await real.publish(subject, payload, headers);
    },
  };
  const database: Database<Record<never, never>> = openSqlite(":memory:");
  toStop.push(() => database.close());
  await migrate(database, [outboxMigration]);
  const about = { clock, random, source: "kitchen" };
  const received: number[] = [];
  await createClient(bus, about).on(dishReady, async ({ table }) => void received.push(table));
  const relay = (): Relay => {
    const started = startRelay({ database, bus, clock, random });
    toStop.push(() => started.stop());
    return started;
  };
  const change = (tables: readonly number[], commit = true) =>
    database
      .transaction(async (transaction) => {
        for (const table of tables) await emit(transaction, dishReady, { dish: "soup", table }, about);
        if (!commit) throw new Error("rolled back");
      })
      .catch(() => {});
  return { clock, database, link, received, relay, change, about };
};

describe("the outbox", () => {
  it("publishes what a transaction emitted, in order, when the relay is woken after the commit", async () => {
    const at = await world();
    const relay = at.relay();
    await at.clock.advance(1);
    await at.change([1, 2, 3]);
    relay.wake();
    await at.clock.advance(1);
    expect(at.received).toEqual([1, 2, 3]);
  });

  it("publishes it within 250 ms when nobody wakes the relay", async () => {
    const at = await world();
    at.relay();
    await at.clock.advance(1);
    await at.change([1]);
    await at.clock.advance(250);
    expect(at.received).toEqual([1]);
  });

  it("publishes nothing of a transaction that was rolled back", async () => {
    const at = await world();
    at.relay();
    await at.change([1, 2], false);
    await at.clock.advance(1_000);
    expect(at.received).toEqual([]);
  });

  it("keeps what the bus does not take, and sends it in order when the bus is back", async () => {
    const at = await world();
    at.relay();
    at.link.broken = true;
    await at.change([1, 2]);
    await at.clock.advance(3_000);
    await at.change([3]);
    at.link.broken = false;
    await at.clock.advance(6_000);
    expect(at.received).toEqual([1, 2, 3]);
  });

  it("survives a restart of the relay", async () => {
    const at = await world();
    const first = at.relay();
    at.link.broken = true;
    await at.change([1, 2]);
    await at.clock.advance(100);
    const stopped = first.stop();
    await at.clock.advance(10);
    await stopped;
    at.link.broken = false;
    at.relay();
    await at.clock.advance(10);
    expect(at.received).toEqual([1, 2]);
  });

  it("that two relays read repeats events, but subscribers see each once and in order", async () => {
    const at = await world();
    const count = 300;
    await at.change(Array.from({ length: count }, (_, index) => index));
    at.relay();
    at.relay();
    await at.clock.advance(2_000);
    expect(at.received).toEqual(Array.from({ length: count }, (_, index) => index));
    expect(at.link.published).toBeGreaterThanOrEqual(count);
  });

  it("is empty when everything was published", async () => {
    const at = await world();
    at.relay();
    await at.change(Array.from({ length: 250 }, (_, index) => index));
    await at.clock.advance(1_000);
    const left = await (at.database as Database<{ rpc_outbox: { sequence: number } }>).kysely.selectFrom("rpc_outbox").select("sequence").execute();
    expect(left).toEqual([]);
  });

  it("refuses events that no bus would take, inside the transaction that emits them", async () => {
    const at = await world();
    const dish = "x".repeat(256 * 1_024);
    await expect(at.database.transaction((transaction) => emit(transaction, dishReady, { dish, table: 1 }, at.about))).rejects.toMatchObject({
      code: "FL4006",
    });
  });
});
