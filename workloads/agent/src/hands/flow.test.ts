import { channelWindowBytes, type FromChannel } from "@fogline/contracts/agent-channel";
import { virtualClock } from "@fogline/fakes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openFlow } from "./flow.ts";

const ended: FromChannel = { kind: "ended", exitCode: 0, signal: null, reason: "it exited" };
const opened: FromChannel = { kind: "opened", terminal: false };

const openedFlow = () => {
  const clock = virtualClock(0);
  const said: FromChannel[] = [];
  let rooms = 0;
  const flow = openFlow({ clock, send: (message) => said.push(message) > 0 });
  flow.begin(opened, () => {
    rooms += 1;
  });
  const data = () => said.flatMap((message) => (message.kind === "data" ? [message] : []));
  const bytesSaid = () => data().reduce((sum, { base64 }) => sum + Buffer.byteLength(base64, "base64"), 0);
  return { clock, said, flow, data, bytesSaid, rooms: () => rooms };
};

describe("what a channel says", () => {
  it("goes out at once when it was silent, and together when more comes within ten milliseconds", async () => {
    const { clock, flow, data } = openedFlow();
    await clock.advance(10);
    flow.write("out", Buffer.from("a"));
    expect(data()).toHaveLength(1);
    flow.write("out", Buffer.from("b"));
    flow.write("out", Buffer.from("c"));
    expect(data()).toHaveLength(1);
    await clock.advance(10);
    expect(data().map(({ base64 }) => Buffer.from(base64, "base64").toString())).toEqual(["a", "bc"]);
  });

  it("stops at the window, is full then, and goes on with what was taken", async () => {
    const { clock, flow, bytesSaid, rooms } = openedFlow();
    flow.write("out", Buffer.alloc(3 * channelWindowBytes));
    await clock.advance(1_000);
    expect(bytesSaid()).toBe(channelWindowBytes);
    expect(flow.full).toBe(true);
    flow.taken(channelWindowBytes);
    await clock.advance(1_000);
    expect(bytesSaid()).toBe(2 * channelWindowBytes);
    flow.taken(2 * channelWindowBytes);
    await clock.advance(1_000);
    expect(bytesSaid()).toBe(3 * channelWindowBytes);
    expect(rooms()).toBe(1);
  });

  it("takes no more for taken than was sent", async () => {
    const { clock, flow, bytesSaid } = openedFlow();
    flow.taken(10 * channelWindowBytes);
    flow.write("out", Buffer.alloc(2 * channelWindowBytes));
    await clock.advance(1_000);
    expect(bytesSaid()).toBe(channelWindowBytes);
  });

  it("ends once, after everything that was written", async () => {
    const { clock, flow, said } = openedFlow();
    flow.write("error", Buffer.alloc(channelWindowBytes + 1));
    flow.end(ended);
    await clock.advance(1_000);
    expect(said.at(-1)?.kind).toBe("data");
    flow.taken(1);
    await clock.advance(1_000);
    expect(said.at(-1)).toEqual(ended);
    flow.taken(channelWindowBytes + 1);
    await clock.advance(1_000);
    expect(said.filter(({ kind }) => kind === "ended")).toHaveLength(1);
  });

  it("is what was written, in order, whatever the pieces and whenever they are taken", async () => {
    const piece = fc.record({
      stream: fc.constantFrom("out" as const, "error" as const),
      length: fc.integer({ min: 0, max: 70_000 }),
      waitMs: fc.integer({ min: 0, max: 15 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const { clock, flow, data, bytesSaid } = openedFlow();
        const written = { out: [] as Buffer[], error: [] as Buffer[] };
        for (const [index, { stream, length, waitMs }] of pieces.entries()) {
          const bytes = Buffer.alloc(length, index + 1);
          written[stream].push(bytes);
          flow.write(stream, bytes);
          await clock.advance(waitMs);
          flow.taken(bytesSaid());
        }
        for (let round = 0; round < 20; round += 1) {
          await clock.advance(200);
          flow.taken(bytesSaid());
        }
        for (const stream of ["out", "error"] as const) {
          const got = Buffer.concat(data().flatMap((message) => (message.stream === stream ? [Buffer.from(message.base64, "base64")] : [])));
          expect(got.equals(Buffer.concat(written[stream]))).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });
});
