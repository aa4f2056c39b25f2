import { seededRandom, virtualClock } from "@fogline/fakes";
import { type BusFaults, inProcessBus } from "@fogline/in-process";
import { describe, expect, it } from "vitest";
import { CallError, createClient, handleStream, serve } from "./index.ts";
import { during, watchDishes } from "./testing/kitchen.ts";

const world = (faults?: BusFaults, seed = 1) => {
  const ports = { clock: virtualClock(1_000_000), random: seededRandom(seed) };
  const at = { ...ports, bus: inProcessBus({ ...ports, ...(faults && { faults }) }), source: "kitchen" };
  const dishes: string[] = [];
  let arrived = Promise.withResolvers<void>();
  const add = (...names: string[]) => {
    dishes.push(...names);
    arrived.resolve();
    arrived = Promise.withResolvers<void>();
  };
  /** Cursors are positions in the list, from 1. */
  const kitchen = handleStream(watchDishes, async (_request, { after, limit, signal }) => {
    const from = Number(after ?? 0);
    if (dishes.length <= from) {
      const ended = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      await Promise.race([arrived.promise, ended]);
    }
    return { items: dishes.slice(from, from + limit).map((dish, index) => ({ cursor: String(from + index + 1), item: { dish } })) };
  });
  const client = createClient(at.bus, at);
  const follow = (options: { after?: string; count: number }) => {
    const stop = new AbortController();
    const seen: string[] = [];
    const done = (async () => {
      for await (const { cursor, item } of client.follow(watchDishes, {}, { ...options, signal: stop.signal })) {
        seen.push(`${cursor} ${item.dish}`);
        if (seen.length === options.count) break;
      }
    })();
    return { seen, done, stop: () => stop.abort(new Error("enough")) };
  };
  return { ...at, client, kitchen, add, follow };
};

describe("a stream", () => {
  it("gives what is there and then what comes", async () => {
    const at = world();
    await serve(at.bus, [at.kitchen], at);
    at.add("soup");
    const { seen, done } = at.follow({ count: 3 });
    await at.clock.advance(10);
    expect(seen).toEqual(["1 soup"]);
    at.add("cake", "tea");
    await during(at.clock, done);
    expect(seen).toEqual(["1 soup", "2 cake", "3 tea"]);
  });

  it("goes on after the cursor that the client names", async () => {
    const at = world();
    await serve(at.bus, [at.kitchen], at);
    at.add("soup", "cake", "tea");
    const { seen, done } = at.follow({ after: "2", count: 1 });
    await during(at.clock, done);
    expect(seen).toEqual(["3 tea"]);
  });

  it("brings more items than one page holds", async () => {
    const at = world();
    await serve(at.bus, [at.kitchen], at);
    at.add(...Array.from({ length: 450 }, (_, index) => `dish ${index}`));
    const { seen, done } = at.follow({ count: 450 });
    await during(at.clock, done);
    expect(new Set(seen).size).toBe(450);
  });

  it("brings items in smaller pages when together they are too large for the bus", async () => {
    const at = world();
    await serve(at.bus, [at.kitchen], at);
    at.add(...Array.from({ length: 10 }, () => "x".repeat(at.bus.payloadBytesMax / 3)));
    const { seen, done } = at.follow({ count: 10 });
    await during(at.clock, done);
    expect(seen).toHaveLength(10);
  });

  it("goes on when the service restarts, each cursor once", async () => {
    const at = world();
    const first = await serve(at.bus, [at.kitchen], at);
    at.add("soup");
    const { seen, done } = at.follow({ count: 2 });
    await at.clock.advance(10);
    await during(at.clock, first.stop());
    at.add("cake");
    await at.clock.advance(5_000);
    await serve(at.bus, [at.kitchen], at);
    await during(at.clock, done);
    expect(seen).toEqual(["1 soup", "2 cake"]);
  });

  it.each([1, 2, 3, 4])("brings each item once and in order over a network that loses and repeats a third of everything (seed %i)", async (seed) => {
    const at = world({ lossRate: 0.3, duplicateRate: 0.3, delayMs: 50 }, seed);
    await serve(at.bus, [at.kitchen], at);
    const names = Array.from({ length: 30 }, (_, index) => `dish ${index}`);
    at.add(...names.slice(0, 10));
    const { seen, done } = at.follow({ count: 30 });
    await at.clock.advance(100);
    at.add(...names.slice(10));
    await during(at.clock, done, 3_600_000);
    expect(seen).toEqual(names.map((name, index) => `${index + 1} ${name}`));
  });

  it("gives each cursor once although the service repeats some", async () => {
    const at = world();
    const repeating = handleStream(watchDishes, async (_request, { after }) => {
      const from = Number(after ?? 1);
      return { items: [from, from, from + 1].map((cursor) => ({ cursor: String(cursor), item: { dish: "soup" } })) };
    });
    await serve(at.bus, [repeating], at);
    const { seen, done } = at.follow({ count: 4 });
    await during(at.clock, done);
    expect(seen).toEqual(["1 soup", "2 soup", "3 soup", "4 soup"]);
  });

  it("does not hold up the stop of its service while it waits for an item", async () => {
    const at = world();
    const served = await serve(at.bus, [at.kitchen], at);
    const { stop } = at.follow({ count: 1 });
    await at.clock.advance(10);
    const startedMs = at.clock.monotonicMs();
    await during(at.clock, served.stop(60_000));
    expect(at.clock.monotonicMs() - startedMs).toBeLessThan(1_000);
    stop();
  });

  it("ends when the client stops it", async () => {
    const at = world();
    await serve(at.bus, [at.kitchen], at);
    const { done, stop } = at.follow({ count: 1 });
    await at.clock.advance(10);
    stop();
    await during(at.clock, done);
  });

  it("that refuses the caller or the request throws: trying again cannot help", async () => {
    const at = world();
    await serve(at.bus, [at.kitchen], at);
    const read = async (request: { table?: unknown }, role: "user" | "node") => {
      const options = { signal: new AbortController().signal, principal: { name: "x", role } };
      for await (const _item of at.client.follow(watchDishes, request as { table?: number }, options)) return;
    };
    await expect(during(at.clock, read({}, "node"))).rejects.toMatchObject({ code: "FL4003" });
    const refused = during(at.clock, read({ table: "window" }, "user"));
    await expect(refused).rejects.toBeInstanceOf(CallError);
    await expect(refused).rejects.toMatchObject({ code: "FL4001" });
  });
});
