import assert from "node:assert/strict";
import type { Clock } from "@fogline/ports";
import { type Case, type Ends, inWorld } from "./case.ts";

export interface ClockWorld extends Ends {
  readonly clock: Clock;
  /** Lets at least `ms` pass. */
  pass(ms: number): Promise<void>;
}

/** What a clock promises. Durations are a few milliseconds, because a real clock takes them. */
export const clockCases: readonly Case<ClockWorld>[] = [
  inWorld("tells whole milliseconds since the Unix epoch", async ({ clock }) => {
    assert.ok(Number.isSafeInteger(clock.now()) && clock.now() >= 0);
  }),
  inWorld("never goes back on the monotonic clock, and moves on as time passes", async ({ clock, pass }) => {
    const startMs = clock.monotonicMs();
    let lastMs = startMs;
    for (let step = 0; step < 5; step++) {
      await pass(2);
      const nextMs = clock.monotonicMs();
      assert.ok(nextMs >= lastMs, `${nextMs} after ${lastMs}`);
      lastMs = nextMs;
    }
    assert.ok(lastMs - startMs >= 8, `${lastMs - startMs} ms in 10 ms`);
  }),
  inWorld("runs a timer once and not before its time", async ({ clock, pass }) => {
    const startMs = clock.monotonicMs();
    const firedMs: number[] = [];
    clock.after(8, () => firedMs.push(clock.monotonicMs() - startMs));
    assert.deepEqual(firedMs, []);
    for (let step = 0; step < 12; step++) await pass(4);
    assert.equal(firedMs.length, 1);
    assert.ok((firedMs[0] ?? 0) >= 8, `fired after ${firedMs[0]} ms`);
  }),
  inWorld("never runs a timer inside of the call that sets it", async ({ clock, pass }) => {
    let ran = false;
    clock.after(0, () => {
      ran = true;
    });
    assert.equal(ran, false);
    for (let step = 0; step < 5 && !ran; step++) await pass(2);
    assert.equal(ran, true);
  }),
  inWorld("does not run a timer that was called off", async ({ clock, pass }) => {
    let ran = false;
    const cancel = clock.after(4, () => {
      ran = true;
    });
    cancel();
    for (let step = 0; step < 5; step++) await pass(4);
    assert.equal(ran, false);
  }),
  inWorld("runs timers in the order of their time", async ({ clock, pass }) => {
    const order: string[] = [];
    clock.after(24, () => order.push("late"));
    clock.after(4, () => order.push("early"));
    for (let step = 0; step < 20 && order.length < 2; step++) await pass(4);
    assert.deepEqual(order, ["early", "late"]);
  }),
  inWorld("sleeps at least as long as asked", async ({ clock, pass }) => {
    const startMs = clock.monotonicMs();
    let sleptMs: number | undefined;
    void clock.sleep(6).then(() => {
      sleptMs = clock.monotonicMs() - startMs;
    });
    for (let step = 0; step < 20 && sleptMs === undefined; step++) await pass(4);
    assert.ok(sleptMs !== undefined && sleptMs >= 6, `slept ${sleptMs} ms`);
  }),
  inWorld("wakes a sleeper with the signal's reason, before and while it sleeps", async ({ clock }) => {
    const reason = new Error("woken on purpose");
    const wake = new AbortController();
    const sleeping = clock.sleep(3_600_000, wake.signal);
    wake.abort(reason);
    await assert.rejects(sleeping, reason);
    await assert.rejects(clock.sleep(3_600_000, wake.signal), reason);
  }),
];
