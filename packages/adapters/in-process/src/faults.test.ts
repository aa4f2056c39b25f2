import { seededRandom, virtualClock } from "@fogline/fakes";
import { describe, expect, it } from "vitest";
import { type BusFaults, inProcessBus } from "./index.ts";

const bytes = (value: number) => new Uint8Array([value]);

/** What one subscriber sees of 100 numbered events. */
const seenUnder = async (faults: BusFaults, seed = 1): Promise<number[]> => {
  const clock = virtualClock();
  const bus = inProcessBus({ clock, random: seededRandom(seed), faults });
  const seen: number[] = [];
  await bus.subscribe("events.a", async ({ payload }) => void seen.push(payload[0] ?? -1));
  for (let value = 0; value < 100; value++) await bus.publish("events.a", bytes(value));
  await clock.advance(1000);
  return seen;
};

const all = Array.from({ length: 100 }, (_, index) => index);
const ascending = (values: readonly number[]) => values.toSorted((a, b) => a - b);

describe("the faults of the in-process bus", () => {
  it("delay events without changing their order", async () => {
    expect(await seenUnder({ delayMs: 50 })).toEqual(all);
  });

  it("let events overtake each other when told to, without losing one", async () => {
    const seen = await seenUnder({ delayMs: 50, reorder: true });
    expect(seen).not.toEqual(all);
    expect(ascending(seen)).toEqual(all);
  });

  it("lose about the share that they are told to", async () => {
    const seen = await seenUnder({ lossRate: 0.3 });
    expect(seen.length).toBeGreaterThan(50);
    expect(seen.length).toBeLessThan(90);
    expect(seen).toEqual(ascending(seen));
  });

  it("deliver some events twice and every event at least once", async () => {
    const seen = await seenUnder({ duplicateRate: 0.3 });
    expect(seen.length).toBeGreaterThan(110);
    expect([...new Set(seen)]).toEqual(all);
  });

  it("are the same for the same seed and others for another", async () => {
    const faults = { lossRate: 0.3, duplicateRate: 0.3, delayMs: 20, reorder: true };
    expect(await seenUnder(faults, 7)).toEqual(await seenUnder(faults, 7));
    expect(await seenUnder(faults, 7)).not.toEqual(await seenUnder(faults, 8));
  });

  it("end a request in timeout when it or its answer is lost", async () => {
    const clock = virtualClock();
    const bus = inProcessBus({ clock, random: seededRandom(1), faults: { lossRate: 1 } });
    let handled = 0;
    await bus.respond("op.a", async ({ payload }) => {
      handled++;
      return { payload };
    });
    const waiting = bus.request("op.a", bytes(1), { timeoutMs: 100 });
    const failed = expect(waiting).rejects.toMatchObject({ kind: "timeout" });
    await clock.advance(100);
    await failed;
    expect(handled).toBe(0);
  });

  it("let a duplicated request be handled twice and answered once", async () => {
    const clock = virtualClock();
    const bus = inProcessBus({ clock, random: seededRandom(1), faults: { duplicateRate: 1 } });
    let handled = 0;
    await bus.respond("op.a", async ({ payload }) => {
      handled++;
      return { payload };
    });
    const answer = await bus.request("op.a", bytes(9), { timeoutMs: 100 });
    await clock.advance(10);
    expect([handled, answer.payload[0]]).toEqual([2, 9]);
  });
});

describe("the in-process bus", () => {
  it("tells what a handler threw, and nobody else", async () => {
    const clock = virtualClock();
    const told: string[] = [];
    const bus = inProcessBus({ clock, random: seededRandom(1), onHandlerError: (subject, thrown) => told.push(`${subject}: ${thrown}`) });
    await bus.subscribe("events.a", async () => {
      throw new Error("on purpose");
    });
    await bus.publish("events.a", bytes(1));
    await clock.advance(1);
    expect(told).toEqual(["events.a: Error: on purpose"]);
  });

  it("lets timers and sockets have their turn during a flood of events", async () => {
    const bus = inProcessBus({ clock: virtualClock(), random: seededRandom(1) });
    let handled = 0;
    let stop = false;
    await bus.subscribe("events.a", async ({ payload }) => {
      handled++;
      // Each event causes the next: without room in between, nothing else would ever run.
      if (!stop) await bus.publish("events.a", payload);
    });
    await bus.publish("events.a", bytes(1));
    while (handled === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    // Resolves although there is always an event that waits.
    await new Promise<void>((resolve) => setTimeout(resolve, 1));
    stop = true;
    expect(handled).toBeGreaterThan(0);
  });
});
