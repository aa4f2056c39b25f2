import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs, retryAfterMs, waitReally } from "./retry.ts";

describe("the pause before the next try", () => {
  it("doubles, is at least half of itself and never longer than 15 s", () => {
    expect([1, 2, 3, 6, 7, 1_000].map((failures) => backoffMs(failures, 1))).toEqual([500, 1_000, 2_000, 15_000, 15_000, 15_000]);
    expect(backoffMs(2, 0)).toBe(500);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, chance) => {
        expect(backoffMs(failures, chance)).toBeGreaterThanOrEqual(250);
        expect(backoffMs(failures, chance)).toBeLessThanOrEqual(15_000);
      }),
    );
  });

  it("is what the hub asks for in seconds, and nothing when it asks for nothing or in words", () => {
    expect(retryAfterMs(new Headers({ "retry-after": "3" }))).toBe(3_000);
    expect(retryAfterMs(new Headers({ "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }))).toBeUndefined();
    expect(retryAfterMs(new Headers())).toBeUndefined();
    expect(retryAfterMs(undefined)).toBeUndefined();
  });

  it("ends at once when the signal aborts, before or during it", async () => {
    await expect(waitReally(3_600_000, AbortSignal.abort(new Error("over")))).rejects.toThrow("over");
    const stop = new AbortController();
    const waiting = waitReally(3_600_000, stop.signal);
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await waitReally(0, stop.signal).catch(() => undefined);
    await waitReally(0);
  });
});
