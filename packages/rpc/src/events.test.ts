import { seededRandom, virtualClock } from "@fogline/fakes";
import { type BusFaults, inProcessBus } from "@fogline/in-process";
import { describe, expect, it } from "vitest";
import { createClient, type RpcLog } from "./index.ts";
import { dishReady } from "./testing/kitchen.ts";

const world = (faults?: BusFaults) => {
  const ports = { clock: virtualClock(1_000_000), random: seededRandom(1) };
  const errors: string[] = [];
  const log: RpcLog = { debug: () => {}, info: () => {}, warn: () => {}, error: (_fields, message) => void errors.push(message) };
  const at = { ...ports, bus: inProcessBus({ ...ports, ...(faults && { faults }) }), source: "kitchen", log };
  return { ...at, errors, client: createClient(at.bus, at) };
};

describe("an event", () => {
  it("arrives at every subscriber with who sent it and when", async () => {
    const at = world();
    const received: unknown[] = [];
    for (const name of ["a", "b"]) {
      await at.client.on(dishReady, async (data, { source, occurredAtMs, correlationId }) => {
        received.push({ name, data, source, occurredAtMs, correlationId });
      });
    }
    await at.client.publish(dishReady, { dish: "soup", table: 4 }, { correlationId: "c-9" });
    await at.clock.advance(10);
    const about = { data: { dish: "soup", table: 4 }, source: "kitchen", occurredAtMs: 1_000_000, correlationId: "c-9" };
    expect(received).toEqual([
      { name: "a", ...about },
      { name: "b", ...about },
    ]);
  });

  it("goes to one subscriber of a queue", async () => {
    const at = world();
    const received: number[] = [];
    for (let member = 0; member < 3; member++) await at.client.on(dishReady, async () => void received.push(member), { queue: "waiters" });
    await at.client.publish(dishReady, { dish: "soup", table: 4 });
    await at.clock.advance(10);
    expect(received).toHaveLength(1);
  });

  it("is handled once although the network brings every message twice", async () => {
    const at = world({ duplicateRate: 1 });
    const tables: number[] = [];
    await at.client.on(dishReady, async ({ table }) => void tables.push(table));
    for (let table = 1; table <= 20; table++) await at.client.publish(dishReady, { dish: "soup", table });
    await at.clock.advance(10);
    expect(tables).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it("is handled again when its handler threw, three times in all, and then is dropped with an error", async () => {
    const at = world();
    const tables: number[] = [];
    await at.client.on(dishReady, async ({ table }) => {
      tables.push(table);
      if (table === 1) throw new Error("no waiter");
    });
    await at.client.publish(dishReady, { dish: "soup", table: 1 });
    await at.client.publish(dishReady, { dish: "soup", table: 2 });
    await at.clock.advance(10_000);
    expect(tables).toEqual([1, 1, 1, 2]);
    expect(at.errors).toEqual(["an event's handler threw"]);
  });

  it("loses the keys that its subscriber does not know", async () => {
    const at = world();
    const received: unknown[] = [];
    await at.client.on(dishReady, async (data) => void received.push(data));
    await at.client.publish(dishReady, { dish: "soup", table: 4, chef: "newer" } as { dish: string; table: number });
    await at.clock.advance(10);
    expect(received).toEqual([{ dish: "soup", table: 4 }]);
  });

  it("that does not fit its declaration is refused where it is made, and dropped where it arrives", async () => {
    const at = world();
    const received: unknown[] = [];
    await at.client.on(dishReady, async (data) => void received.push(data));
    await expect(at.client.publish(dishReady, { dish: "soup", table: 0.5 })).rejects.toMatchObject({ code: "FL4001" });
    await at.bus.publish("event.kitchen.ready", new TextEncoder().encode('{"id":"1","data":{"table":"x"}}'));
    await at.bus.publish("event.kitchen.ready", new TextEncoder().encode("not JSON"));
    await at.clock.advance(10);
    expect(received).toEqual([]);
    expect(at.errors).toEqual(["an event does not fit its declaration", "an event does not fit its declaration"]);
  });

  it("that a closed bus does not take is not an error of who publishes it", async () => {
    const at = world();
    await at.bus.close();
    await expect(at.client.publish(dishReady, { dish: "soup", table: 4 })).resolves.toBeUndefined();
  });
});
