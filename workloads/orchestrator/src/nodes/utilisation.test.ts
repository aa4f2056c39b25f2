import { virtualClock } from "@fogline/fakes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hourMs, hourOf, Utilisation } from "./utilisation.ts";

const startMs = 1_700_000_000_000;
/** What was heard of a node, as the mean of each hour. */
const meansOf = (heard: Utilisation) => heard.take().map(({ hour_ms, busy, weight_ms }) => [(hour_ms - hourOf(startMs)) / hourMs, busy / weight_ms]);

describe("the CPU use of a node by hour", () => {
  it("begins at whole hours", () => {
    expect(hourOf(startMs) % hourMs).toBe(0);
    expect(startMs - hourOf(startMs)).toBe(13 * 60_000 + 20_000);
  });

  it("is the mean of an hour's heartbeats, each hour for itself", async () => {
    const clock = virtualClock(hourOf(startMs));
    const heard = new Utilisation(clock);
    for (const percent of [10, 10, 40]) {
      await clock.advance(30_000);
      heard.saw("pi-1", percent);
    }
    await clock.advance(hourMs);
    heard.saw("pi-1", 80);
    // The first value stands for a second, the two after it for thirty each.
    expect(meansOf(heard)).toEqual([
      [0, (10 * 1 + 10 * 30 + 40 * 30) / 61],
      [1, 80],
    ]);
    expect(heard.take()).toEqual([]);
  });

  it("weighs each value with the time that it stands for, so that a minute watched closely does not outweigh the hour", async () => {
    const clock = virtualClock(hourOf(startMs));
    const heard = new Utilisation(clock);
    heard.saw("pi-1", 0);
    for (let beat = 0; beat < 60; beat += 1) {
      await clock.advance(30_000);
      heard.saw("pi-1", 0);
    }
    for (let sample = 0; sample < 60; sample += 1) {
      await clock.advance(1_000);
      heard.saw("pi-1", 100);
    }
    expect(meansOf(heard)[0]?.[1]).toBeCloseTo((100 * 60) / (1 + 1_800 + 60), 5);
  });

  it("lets no value stand for the time that a node was away", async () => {
    const clock = virtualClock(hourOf(startMs));
    const heard = new Utilisation(clock);
    heard.saw("pi-1", 20);
    await clock.advance(3_000_000);
    heard.saw("pi-1", 20);
    expect(heard.take()).toMatchObject([{ weight_ms: 1_000 + 90_000 }]);
  });

  it("keeps what could not be written, together with what came since", () => {
    const heard = new Utilisation(virtualClock(startMs));
    heard.saw("pi-1", 10);
    heard.saw("pi-2", 50);
    const taken = heard.take();
    heard.saw("pi-1", 30);
    heard.giveBack(taken);
    expect(heard.take().map(({ node_id, busy, weight_ms }) => [node_id, busy / weight_ms])).toEqual([
      ["pi-1", 20],
      ["pi-2", 50],
    ]);
    heard.saw("pi-1", 10);
    heard.forget("pi-1");
    expect(heard.take()).toEqual([]);
  });

  it("is never outside of what was heard", async () => {
    const values = fc.array(fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 200_000 })), { minLength: 1, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(values, async (list) => {
        const clock = virtualClock(startMs);
        const heard = new Utilisation(clock);
        for (const [percent, pauseMs] of list) {
          await clock.advance(pauseMs);
          heard.saw("pi-1", percent);
        }
        const percents = list.map(([percent]) => percent);
        for (const { busy, weight_ms } of heard.take()) {
          expect(busy / weight_ms).toBeGreaterThanOrEqual(Math.min(...percents));
          expect(busy / weight_ms).toBeLessThanOrEqual(Math.max(...percents));
        }
      }),
      { numRuns: 30 },
    );
  });
});
