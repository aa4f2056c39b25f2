import { virtualClock } from "@fogline/fakes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FanOut, type View } from "./fan-out.ts";
import { Feed } from "./ring.ts";

const everything: View = { name: "all", itemOf: ({ data }) => data, begins: "now", reset: (atMs) => `reset at ${atMs}` };
const even: View = { name: "even", itemOf: ({ data }) => ((data as number) % 2 === 0 ? data : undefined), begins: "oldest", reset: () => "reset" };

const open = () => {
  const clock = virtualClock(1_000);
  const feed = new Feed({ boot: "b", max: 100, bytesMax: 10_000 });
  const fanOut = new FanOut({ feed, clock, everyMs: 50 });
  const append = (...values: number[]) => {
    for (const value of values) feed.append("number", clock.now(), value);
  };
  /** A reader that keeps what it was sent, and takes so many texts. */
  const reader = (view: View, { after, takes = Number.POSITIVE_INFINITY }: { after?: string; takes?: number } = {}) => {
    const texts: string[] = [];
    const leave = fanOut.join(view, "messages", (text) => texts.push(text) <= takes, after);
    const items = () => texts.flatMap((text) => (JSON.parse(text) as { item: unknown }[]).map(({ item }) => item));
    return { texts, leave, items };
  };
  return { clock, feed, fanOut, append, reader };
};

describe("a reader of the feed", () => {
  it("that is new is told to read the state first, then gets what comes", async () => {
    const { clock, append, reader } = open();
    append(1, 2);
    const { items } = reader(everything);
    append(3);
    await clock.advance(1);
    expect(items()).toEqual(["reset at 1000", 3]);
  });

  it("that wants the past gets what is kept, of what it sees", () => {
    const { append, reader } = open();
    append(1, 2, 3, 4);
    expect(reader(even).items()).toEqual([2, 4]);
  });

  it("that comes back goes on after its cursor, and gets nothing twice", async () => {
    const { clock, append, reader } = open();
    append(1, 2, 3);
    const { items } = reader(everything, { after: "b.1" });
    append(4);
    await clock.advance(1);
    expect(items()).toEqual([2, 3, 4]);
  });

  it("gets what comes within a moment as one text, the first at once", async () => {
    const { clock, append, reader } = open();
    const { texts } = reader(everything, { after: "b.0" });
    append(1);
    await clock.advance(1);
    append(2, 3);
    await clock.advance(20);
    append(4);
    await clock.advance(50);
    expect(texts).toEqual(['[{"cursor":"b.1","item":1}]', '[{"cursor":"b.2","item":2},{"cursor":"b.3","item":3},{"cursor":"b.4","item":4}]']);
  });

  it("that left, or takes no more, is sent nothing", async () => {
    const { clock, append, reader, fanOut } = open();
    const one = reader(everything, { after: "b.0" });
    const full = reader(everything, { after: "b.0", takes: 1 });
    append(1);
    await clock.advance(100);
    append(2);
    await clock.advance(100);
    expect(fanOut.readers).toBe(1);
    one.leave();
    append(3);
    await clock.advance(100);
    expect([one.items(), full.items(), fanOut.readers]).toEqual([[1, 2], [1, 2], 0]);
  });

  it("is written server-sent events with a cursor each", async () => {
    const { clock, append, fanOut } = open();
    const texts: string[] = [];
    fanOut.join(everything, "events", (text) => texts.push(text) > 0, "b.0");
    append(7, 8);
    await clock.advance(1);
    expect(texts).toEqual(["id: b.1\ndata: 7\n\nid: b.2\ndata: 8\n\n"]);
  });

  it("gets each item once and in order, whenever it comes and goes", async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("append" as const), count: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 80 }) }),
      fc.record({ kind: fc.constant("reconnect" as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { clock, append, fanOut } = open();
        const got: number[] = [];
        let cursor = "b.0";
        let appended = 0;
        const join = () =>
          fanOut.join(
            everything,
            "messages",
            (text) => {
              for (const one of JSON.parse(text) as { cursor: string; item: number }[]) {
                got.push(one.item);
                cursor = one.cursor;
              }
              return true;
            },
            cursor,
          );
        let leave = join();
        for (const one of steps) {
          if (one.kind === "append") {
            append(...Array.from({ length: one.count }, (_, index) => appended + index + 1));
            appended += one.count;
          } else if (one.kind === "wait") await clock.advance(one.ms);
          else {
            leave();
            leave = join();
          }
        }
        await clock.advance(100);
        expect(got).toEqual(Array.from({ length: appended }, (_, index) => index + 1));
      }),
    );
  });
});
