import assert from "node:assert/strict";
import { type BusWorld, eventually, gate, inTime, rejectsWith, text, textOf } from "./bus-world.ts";
import { type Case, inWorld } from "./case.ts";

const timeoutMs = 1000;
const never = () => new Promise<never>(() => {});
const ask = (world: BusWorld, value: string, subject = "op.a") => world.bus.request(subject, text(value), { timeoutMs });

const answers: readonly Case<BusWorld>[] = [
  inWorld("answers a request with payload and headers", async (world) => {
    await world.bus.respond("op.a", async ({ subject, payload, headers }) => ({
      payload: text(`${subject} ${textOf(payload)} ${headers.trace}`),
      headers: { state: "done" },
    }));
    const answer = await inTime(world, world.bus.request("op.a", text("one"), { timeoutMs, headers: { trace: "t1" } }));
    assert.equal(textOf(answer.payload), "op.a one t1");
    assert.equal(answer.headers.state, "done");
  }),
  inWorld("gives each answer to the caller of that request", async (world) => {
    const first = gate();
    await world.bus.respond("op.a", async ({ payload }) => {
      if (textOf(payload) === "first") await first.opened;
      return { payload };
    });
    const one = ask(world, "first");
    one.catch(() => {});
    const two = await inTime(world, ask(world, "second"));
    first.open();
    assert.deepEqual([textOf((await inTime(world, one)).payload), textOf(two.payload)], ["first", "second"]);
  }),
  inWorld("lets one responder of a subject answer each request", async (world) => {
    let handled = 0;
    for (let count = 0; count < 3; count++)
      await world.bus.respond("op.*", async ({ payload }) => {
        handled++;
        return { payload };
      });
    for (let count = 0; count < 12; count++) await inTime(world, ask(world, String(count)));
    assert.equal(handled, 12);
  }),
  inWorld("shares no bytes between caller and responder", async (world) => {
    const kept = text("answer");
    let seen = "";
    await world.bus.respond("op.a", async ({ payload }) => {
      seen = textOf(payload);
      payload.fill(0x78);
      return { payload: kept };
    });
    const payload = text("asked");
    const waiting = world.bus.request("op.a", payload, { timeoutMs });
    payload.fill(0x79);
    const answer = await inTime(world, waiting);
    answer.payload.fill(0x7a);
    assert.deepEqual([seen, textOf(payload), textOf(kept)], ["asked", "yyyyy", "answer"]);
  }),
];

const failures: readonly Case<BusWorld>[] = [
  inWorld("says at once that nobody answers", async (world) => {
    await rejectsWith(world, "no-responders", ask(world, "x"));
    const subscription = await world.bus.respond("op.a", async ({ payload }) => ({ payload }));
    await inTime(world, subscription.stop());
    await rejectsWith(world, "no-responders", ask(world, "x"));
  }),
  inWorld("ends in timeout when the answer does not come in time, not before, and drops a late answer", async (world) => {
    const { opened, open } = gate();
    let received = false;
    await world.bus.respond("op.a", async ({ payload }) => {
      received = true;
      await opened;
      return { payload };
    });
    let failed = false;
    const waiting = world.bus.request("op.a", text("x"), { timeoutMs: 100 });
    waiting.catch(() => {
      failed = true;
    });
    await eventually(world, "the request arrives", () => received);
    assert.equal(failed, false);
    await world.pass(110);
    await rejectsWith(world, "timeout", waiting);
    open();
  }),
  inWorld("answers lost when the handler rejects", async (world) => {
    await world.bus.respond("op.a", async () => {
      throw new Error("the handler of this test dies on purpose");
    });
    await rejectsWith(world, "lost", ask(world, "x"));
  }),
  inWorld("answers lost when the responder is stopped while it holds the request", async (world) => {
    let received = false;
    const subscription = await world.bus.respond("op.a", () => {
      received = true;
      return never();
    });
    const waiting = ask(world, "x");
    waiting.catch(() => {});
    await eventually(world, "the request arrives", () => received);
    const stopping = subscription.stop(10);
    await world.pass(20);
    await inTime(world, stopping);
    await rejectsWith(world, "lost", waiting);
  }),
  inWorld("ends with the signal's reason when the caller gives up", async (world) => {
    await world.bus.respond("op.a", never);
    const giveUp = new AbortController();
    const waiting = world.bus.request("op.a", text("x"), { timeoutMs, signal: giveUp.signal });
    const reason = new Error("the caller of this test gives up");
    giveUp.abort(reason);
    await assert.rejects(inTime(world, waiting), reason);
    await assert.rejects(inTime(world, world.bus.request("op.a", text("x"), { timeoutMs, signal: giveUp.signal })), reason);
  }),
  inWorld("rejects with closed what waits when the bus is closed", async (world) => {
    let received = false;
    await world.bus.respond("op.a", () => {
      received = true;
      return never();
    });
    const waiting = ask(world, "x");
    waiting.catch(() => {});
    await eventually(world, "the request arrives", () => received);
    await world.bus.close();
    await rejectsWith(world, "closed", waiting);
  }),
];

const limits: readonly Case<BusWorld>[] = [
  inWorld("refuses too large requests and too large answers", async (world) => {
    await world.bus.respond("op.a", async () => ({ payload: new Uint8Array(world.bus.payloadBytesMax + 1) }));
    await rejectsWith(world, "too-large", world.bus.request("op.a", new Uint8Array(world.bus.payloadBytesMax + 1), { timeoutMs }));
    await rejectsWith(world, "too-large", ask(world, "x"));
  }),
  inWorld("refuses a request when every responder has too many waiting", async (world) => {
    await world.bus.respond("op.a", never, { pendingMax: 2 });
    for (let count = 0; count < 2; count++) ask(world, "held").catch(() => {});
    await rejectsWith(world, "queue-full", ask(world, "x"));
  }),
  inWorld("handles at most concurrencyMax requests of a responder at a time, and all of them in the end", async (world) => {
    let [running, most] = [0, 0];
    await world.bus.respond(
      "op.a",
      async ({ payload }) => {
        most = Math.max(most, ++running);
        for (let turns = 0; turns < 5; turns++) await new Promise<void>((resolve) => setImmediate(resolve));
        running--;
        return { payload };
      },
      { concurrencyMax: 2 },
    );
    await inTime(world, Promise.all(Array.from({ length: 8 }, (_, index) => ask(world, String(index)))));
    assert.equal(most, 2);
  }),
];

/** What the bus promises about requests. */
export const requestCases: readonly Case<BusWorld>[] = [...answers, ...failures, ...limits];
