import assert from "node:assert/strict";
import { type BusWorld, eventually, gate, inTime, rejectsWith, text, textOf } from "./bus-world.ts";
import { type Case, inWorld } from "./case.ts";

/** Collects what arrives for `subject` as text. */
const collect = async ({ bus }: BusWorld, subject: string, options?: { queue?: string; pendingMax?: number }): Promise<string[]> => {
  const arrived: string[] = [];
  await bus.subscribe(subject, async ({ payload }) => void arrived.push(textOf(payload)), options);
  return arrived;
};

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

/** Publishes 0, 1, 2, … and waits until each of `receivers` has the sentinel that is sent last. */
const publishNumbers = async (world: BusWorld, subject: string, count: number, receivers: readonly string[][]): Promise<void> => {
  for (const value of [...numbers(count), "end"]) await world.bus.publish(subject, text(value));
  await eventually(world, "the last event arrives", () => receivers.every((arrived) => arrived.includes("end")));
};

const delivery: readonly Case<BusWorld>[] = [
  inWorld("delivers every event to every subscriber", async (world) => {
    const receivers = [await collect(world, "events.a"), await collect(world, "events.a")];
    await publishNumbers(world, "events.a", 50, receivers);
    for (const arrived of receivers) for (const value of numbers(50)) assert.ok(arrived.includes(value), `event ${value} arrived`);
  }),
  inWorld("delivers each event once while the network is healthy", async (world) => {
    const arrived = await collect(world, "events.a");
    await publishNumbers(world, "events.a", 20, [arrived]);
    assert.equal(arrived.length, new Set(arrived).size);
  }),
  inWorld("keeps the order of a publisher, also when earlier events take longer to handle", async (world) => {
    const { opened, open } = gate();
    const done: string[] = [];
    await world.bus.subscribe("events.a", async ({ payload }) => {
      const value = textOf(payload);
      if (value === "0") await opened;
      done.push(value);
    });
    for (const value of [...numbers(30), "end"]) await world.bus.publish("events.a", text(value));
    for (let turns = 0; turns < 20; turns++) await new Promise<void>((resolve) => setImmediate(resolve));
    open();
    await eventually(world, "the last event arrives", () => done.includes("end"));
    assert.deepEqual(done, [...numbers(30), "end"]);
  }),
  inWorld("hands an event over in a later turn, never inside of publish", async (world) => {
    const arrived = await collect(world, "events.a");
    const published = world.bus.publish("events.a", text("one"));
    assert.deepEqual(arrived, []);
    await published;
    await eventually(world, "the event arrives", () => arrived.length === 1);
  }),
  inWorld("carries payload and headers", async (world) => {
    const seen: unknown[] = [];
    await world.bus.subscribe("events.a", async ({ subject, payload, headers }) => void seen.push([subject, textOf(payload), headers.trace]));
    await world.bus.publish("events.a", text("größe"), { trace: "t1" });
    await eventually(world, "the event arrives", () => seen.length === 1);
    assert.deepEqual(seen, [["events.a", "größe", "t1"]]);
  }),
  inWorld("shares no bytes between publisher and subscribers", async (world) => {
    const seen: string[] = [];
    for (let count = 0; count < 2; count++)
      await world.bus.subscribe("events.a", async ({ payload }) => {
        seen.push(textOf(payload));
        payload.fill(0x78);
      });
    const payload = text("same");
    const published = world.bus.publish("events.a", payload);
    payload.fill(0x79);
    await published;
    await eventually(world, "both got the event", () => seen.length === 2);
    assert.deepEqual(seen, ["same", "same"]);
    assert.equal(textOf(payload), "yyyy");
  }),
  inWorld("delivers the next event after a handler rejected", async (world) => {
    const arrived: string[] = [];
    await world.bus.subscribe("events.a", async ({ payload }) => {
      arrived.push(textOf(payload));
      if (arrived.length === 1) throw new Error("the handler of this test fails on purpose");
    });
    await publishNumbers(world, "events.a", 1, [arrived]);
    assert.deepEqual(arrived, ["0", "end"]);
  }),
];

const subjects: readonly Case<BusWorld>[] = [
  inWorld("takes * for exactly one token and a final > for one or more", async (world) => {
    const [one, rest, all] = [await collect(world, "a.*.c"), await collect(world, "a.>"), await collect(world, ">")];
    for (const subject of ["a.b.c", "a.b.d", "a.c", "a", "b.b.c", "a.b.c.d"]) await world.bus.publish(subject, text(subject));
    await world.bus.publish("a.end.c", text("end"));
    await eventually(world, "the last event arrives", () => [one, rest, all].every((arrived) => arrived.includes("end")));
    assert.deepEqual(one, ["a.b.c", "end"]);
    assert.deepEqual(rest, ["a.b.c", "a.b.d", "a.c", "a.b.c.d", "end"]);
    assert.deepEqual(all, ["a.b.c", "a.b.d", "a.c", "a", "b.b.c", "a.b.c.d", "end"]);
  }),
  inWorld("refuses what is not a subject or pattern with TypeError", async ({ bus }) => {
    for (const subject of ["", "a..b", "a b", "a.*", "a.>", ".a", "a."]) await assert.rejects(bus.publish(subject, text("x")), TypeError, subject);
    for (const pattern of ["", "a..b", "a.>.b", "a*", ">."])
      await assert.rejects(
        bus.subscribe(pattern, async () => {}),
        TypeError,
        pattern,
      );
  }),
  inWorld("gives each event to one member of a queue only, and to everyone outside of it", async (world) => {
    const first = await collect(world, "events.a", { queue: "q" });
    const second = await collect(world, "events.a", { queue: "q" });
    const outside = await collect(world, "events.a");
    await publishNumbers(world, "events.a", 40, [outside]);
    await eventually(world, "the queue has all events", () => first.length + second.length >= 41);
    assert.equal(outside.length, 41);
    assert.deepEqual([...first, ...second].sort(), [...numbers(40), "end"].sort());
  }),
];

const limits: readonly Case<BusWorld>[] = [
  inWorld("loses what a full subscriber cannot take, tells the publisher where the bus can see it, and still serves the others", async (world) => {
    const { opened, open } = gate();
    const slow: string[] = [];
    const slowly = async (value: string) => {
      await opened;
      slow.push(value);
    };
    await world.bus.subscribe("events.a", ({ payload }) => slowly(textOf(payload)), { pendingMax: 3 });
    const quick = await collect(world, "events.a");
    for (const value of numbers(3)) await world.bus.publish("events.a", text(value));
    const fourth = world.bus.publish("events.a", text("3"));
    if (world.seesSubscribers === false) await inTime(world, fourth);
    else await rejectsWith(world, "queue-full", fourth);
    await eventually(world, "the quick one has all", () => quick.length === 4);
    open();
    await eventually(world, "the slow one is done with what it took", () => slow.length === 3);
    await world.bus.publish("events.a", text("later"));
    await eventually(world, "the slow one gets what comes later", () => slow.includes("later"));
    assert.deepEqual(slow, [...numbers(3), "later"]);
  }),
  inWorld("carries a payload of exactly payloadBytesMax and refuses one byte more", async (world) => {
    const sizes: number[] = [];
    await world.bus.subscribe("events.a", async ({ payload }) => void sizes.push(payload.byteLength));
    const most = world.bus.payloadBytesMax;
    await world.bus.publish("events.a", new Uint8Array(most));
    await rejectsWith(world, "too-large", world.bus.publish("events.a", new Uint8Array(most + 1)));
    await eventually(world, "the largest event arrives", () => sizes.length === 1);
    assert.deepEqual(sizes, [most]);
  }),
  inWorld("stops a subscription: what was taken is finished, nothing new arrives", async (world) => {
    const { opened, open } = gate();
    const done: string[] = [];
    const subscription = await world.bus.subscribe("events.a", async ({ payload }) => {
      await opened;
      done.push(textOf(payload));
    });
    await world.bus.publish("events.a", text("before"));
    let stopped = false;
    const stopping = subscription.stop().then(() => {
      stopped = true;
    });
    await world.bus.publish("events.a", text("after"));
    assert.equal(stopped, false);
    open();
    await inTime(world, stopping);
    assert.deepEqual(done, ["before"]);
  }),
  inWorld("stops a subscription at its deadline although a handler never ends", async (world) => {
    let started = false;
    const subscription = await world.bus.subscribe("events.a", () => {
      started = true;
      return new Promise(() => {});
    });
    await world.bus.publish("events.a", text("one"));
    await eventually(world, "the handler runs", () => started);
    const stopping = subscription.stop(50);
    await world.pass(60);
    await inTime(world, stopping);
  }),
  inWorld("refuses everything after close", async (world) => {
    await world.bus.close();
    await rejectsWith(world, "closed", world.bus.publish("events.a", text("x")));
    await rejectsWith(world, "closed", world.bus.request("op.a", text("x"), { timeoutMs: 50 }));
    await rejectsWith(
      world,
      "closed",
      world.bus.subscribe("events.a", async () => {}),
    );
  }),
];

/** What the bus promises about events. */
export const eventCases: readonly Case<BusWorld>[] = [...delivery, ...subjects, ...limits];
