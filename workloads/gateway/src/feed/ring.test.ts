import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Feed } from "./ring.ts";

const open = (max = 10, bytesMax = 1_000) => new Feed({ boot: "boot", max, bytesMax });
const all = (feed: Feed, cursor: string) => feed.after(feed.positionOf(cursor).sequence, 1_000, ({ data }) => data).items.map(({ item }) => item);

describe("the feed", () => {
  it("gives what follows a cursor", () => {
    const feed = open();
    for (const data of ["a", "b", "c"]) feed.append("e", 0, data);
    expect(all(feed, "boot.1")).toEqual(["b", "c"]);
    expect(feed.positionOf("boot.3")).toEqual({ sequence: 3, reset: false });
  });

  it("resets without a cursor, with one of another start, of the future, of what is forgotten, and with nonsense", () => {
    const feed = open(2);
    for (const data of ["a", "b", "c", "d"]) feed.append("e", 0, data);
    for (const cursor of [undefined, "earlier.3", "boot.99", "boot.0", "boot.", "nonsense", "boot.-1", "boot.1.5"]) {
      expect(feed.positionOf(cursor)).toEqual({ sequence: 4, reset: true });
    }
  });

  it("gives at most as many as asked for, and where to go on", () => {
    const feed = open();
    for (const data of [1, 2, 3, 4]) feed.append("e", 0, data);
    expect(feed.after(0, 2, ({ data }) => data)).toEqual({
      items: [
        { sequence: 1, item: 1 },
        { sequence: 2, item: 2 },
      ],
      upTo: 2,
    });
    expect(feed.after(0, 2, ({ data }) => (data === 4 ? data : undefined)).upTo).toBe(4);
  });

  it("forgets the oldest when what it keeps is too large, and says so", () => {
    const feed = open(100, 1_000);
    for (let count = 0; count < 10; count++) feed.append("e", 0, "x".repeat(498));
    // 500 bytes each: the fifth makes it more than twice the limit, and two are kept.
    expect(feed.positionOf("boot.1").reset).toBe(true);
    expect(feed.after(feed.beginning, 100, ({ sequence }) => sequence).items.length).toBeLessThanOrEqual(4);
    expect(feed.positionOf("boot.9")).toEqual({ sequence: 9, reset: false });
  });

  it("wakes who waits, at the next entry and at an abort", async () => {
    const feed = open();
    const woken = feed.changed(new AbortController().signal);
    feed.append("e", 0, "a");
    await woken;
    const leaving = new AbortController();
    const left = feed.changed(leaving.signal);
    leaving.abort();
    await left;
    await feed.changed(leaving.signal);
  });

  it("either continues without a gap or says that there was one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(40), fc.nat(40), (max, before, between) => {
        const feed = open(max);
        for (let count = 0; count < before; count++) feed.append("e", 0, count);
        const cursor = feed.cursorOf(before);
        for (let count = 0; count < between; count++) feed.append("e", 0, before + count);
        const position = feed.positionOf(cursor);
        if (position.reset) expect(between).toBeGreaterThanOrEqual(max);
        else expect(all(feed, cursor)).toEqual(Array.from({ length: between }, (_, count) => before + count));
      }),
    );
  });
});
