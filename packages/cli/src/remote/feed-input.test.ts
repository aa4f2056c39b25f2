import { PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { feedInput } from "./feed-input.ts";

describe("what is piped into a session", () => {
  it("arrives whole and in order before its end is told, also where the pipe is at its end while the last bytes wait for room", async () => {
    const stream = new PassThrough();
    const told: string[] = [];
    const rooms: (() => void)[] = [];
    const write = (bytes: Uint8Array) =>
      new Promise<void>((resolve) => {
        rooms.push(() => {
          told.push(Buffer.from(bytes).toString());
          resolve();
        });
      });
    feedInput(stream, { write, endInput: () => told.push("end") });
    // As a pipe of the system has it: another part, and the end, which a pause does not hold back.
    for (const part of ["one", "two"]) stream.emit("data", Buffer.from(part));
    stream.emit("end");
    await turn();
    expect(told).toEqual([]);
    rooms.shift()?.();
    await turn();
    expect(told).toEqual(["one"]);
    rooms.shift()?.();
    await turn();
    expect(told).toEqual(["one", "two", "end"]);
  });
});
