import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RateLimit } from "./rate.ts";

describe("a rate limit", () => {
  it("lets a burst through, then one for each part of a second", () => {
    const limit = new RateLimit({ perSecond: 2, burstSeconds: 2 });
    expect([1, 2, 3, 4, 5].map(() => limit.take("a", 0))).toEqual([0, 0, 0, 0, 500]);
    expect(limit.take("a", 250)).toBe(250);
    expect(limit.take("a", 1_000)).toBe(0);
  });

  it("counts every key for itself", () => {
    const limit = new RateLimit({ perSecond: 1, burstSeconds: 1 });
    expect([limit.take("a", 0), limit.take("b", 0)]).toEqual([0, 0]);
    expect(limit.allows("a", 0)).toBe(false);
    expect(limit.allows("c", 0)).toBe(true);
  });

  it("takes back what did not count, and never becomes more than full by it", () => {
    const limit = new RateLimit({ perSecond: 1, burstSeconds: 2 });
    expect([limit.take("a", 0), limit.take("a", 0), limit.take("a", 0)]).toEqual([0, 0, 1_000]);
    limit.giveBack("a");
    expect([limit.take("a", 0), limit.take("a", 0)]).toEqual([0, 1_000]);
    for (let count = 0; count < 5; count++) limit.giveBack("a");
    expect([1, 2, 3].map(() => limit.take("a", 0))).toEqual([0, 0, 1_000]);
  });

  it("never lets more through than the burst and the rate allow, however the requests fall", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500), { maxLength: 100 }), fc.integer({ min: 1, max: 20 }), (pauses, perSecond) => {
        const limit = new RateLimit({ perSecond, burstSeconds: 2 });
        let nowMs = 0;
        let taken = 0;
        for (const pause of pauses) {
          nowMs += pause;
          if (limit.take("a", nowMs) === 0) taken += 1;
        }
        expect(taken).toBeLessThanOrEqual(perSecond * 2 + (nowMs / 1_000) * perSecond + 1e-6);
      }),
    );
  });

  it("lets keys beyond its memory share one bucket", () => {
    const limit = new RateLimit({ perSecond: 1, burstSeconds: 3 });
    for (let key = 0; key < 10_000; key++) limit.take(String(key), 0);
    const late = ["x", "y", "z", "w"].map((key) => limit.take(key, 0));
    expect(late).toEqual([0, 0, 0, 1_000]);
  });
});
