import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventsIn, type ServerEvent } from "./events.ts";

const bytes = new TextEncoder();
/** A body that arrives in these pieces. */
const bodyOf = (...pieces: Uint8Array[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    pull: (controller) => {
      const next = pieces.shift();
      if (next === undefined) controller.close();
      else controller.enqueue(next);
    },
  });
const read = async (...pieces: (string | Uint8Array)[]): Promise<ServerEvent[]> => {
  const events: ServerEvent[] = [];
  for await (const event of eventsIn(bodyOf(...pieces.map((piece) => (typeof piece === "string" ? bytes.encode(piece) : piece))))) events.push(event);
  return events;
};

describe("server-sent events", () => {
  it("have data, perhaps in lines, and the last id that was given", async () => {
    expect(await read("id: 1\ndata: a\ndata:b\n\n", "data\n\nid: 2\n\ndata: c\n\n")).toEqual([
      { id: "1", data: "a\nb" },
      { id: "1", data: "" },
      { id: "2", data: "c" },
    ]);
  });

  it("have comments as signs of life, a pause to keep, and fields that mean nothing", async () => {
    expect(await read(": heartbeat\n\nretry: 2000\nretry: soon\nevent: x\nid: a\0b\ndata: a\n\n")).toEqual([
      { alive: true },
      { retryMs: 2_000 },
      { id: undefined, data: "a" },
    ]);
  });

  it("end with any line break, also one between two pieces", async () => {
    expect(await read("data: a\r", "\ndata: b\r\n\r\n", "data: c\n", "\n")).toEqual([
      { id: undefined, data: "a\nb" },
      { id: undefined, data: "c" },
    ]);
  });

  it("that broke off are none", async () => {
    expect(await read("data: a\n\ndata: b\n")).toEqual([{ id: undefined, data: "a" }]);
  });

  it("are the same however the bytes are cut", async () => {
    const text = bytes.encode('retry: 5\r\n\r\nid: ä1\ndata: {"name":"größe 🜁"}\n\n: \n\ndata: x\r\ndata: y\r\n\r\n');
    const whole = await read(text);
    expect(whole.length).toBe(4);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 12 }), async (places) => {
        const cuts = [0, ...places.toSorted((a, b) => a - b), text.length];
        expect(await read(...cuts.slice(1).map((end, index) => text.slice(cuts[index], end)))).toEqual(whole);
      }),
    );
  });
});
