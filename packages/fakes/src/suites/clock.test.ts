import type { Clock } from "@fogline/ports";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../index.ts";
import { breakages, type ClockWorld, clockCases } from "./index.ts";

const end = async () => {};
const broken = breakages(clockCases);

describe("the clock suite", () => {
  const opened = (breaking: (clock: Clock) => Clock) => async (): Promise<ClockWorld> => {
    const clock = virtualClock();
    return { clock: breaking(clock), pass: (ms) => clock.advance(ms), end };
  };
  const runsAtOnce = (clock: Clock): Clock => ({
    ...clock,
    after: (_ms, run) => {
      run();
      return () => {};
    },
  });
  const goesBack = (clock: Clock): Clock => {
    let asked = 0;
    return { ...clock, monotonicMs: () => clock.monotonicMs() - (asked++ % 3) * 5 };
  };

  it.each<[string, (clock: Clock) => Clock, string]>([
    ["runs timers early", (clock) => ({ ...clock, after: (ms, run) => clock.after(ms / 2, run) }), "runs a timer once and not before its time"],
    ["runs timers at once", runsAtOnce, "never runs a timer inside of the call that sets it"],
    ["goes backwards", goesBack, "never goes back on the monotonic clock, and moves on as time passes"],
    ["stands still", (clock) => ({ ...clock, monotonicMs: () => 0 }), "never goes back on the monotonic clock, and moves on as time passes"],
    [
      "runs timers that were called off",
      (clock) => ({
        ...clock,
        after: (ms, run) => {
          clock.after(ms, run);
          return () => {};
        },
      }),
      "does not run a timer that was called off",
    ],
    ["wakes sleepers early", (clock) => ({ ...clock, sleep: (ms, signal) => clock.sleep(ms / 2, signal) }), "sleeps at least as long as asked"],
    [
      "cannot be woken",
      (clock) => ({ ...clock, sleep: (ms) => clock.sleep(ms) }),
      "wakes a sleeper with the signal's reason, before and while it sleeps",
    ],
    ["tells parts of milliseconds", (clock) => ({ ...clock, now: () => clock.now() + 0.5 }), "tells whole milliseconds since the Unix epoch"],
  ])("fails on a clock that %s", async (_fault, breaking, name) => {
    expect(await broken.by(opened(breaking))).toContain(name);
  });

  it("has no case that none of these fails", () => {
    expect(broken.byNone()).toEqual([]);
  });
});
