import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hello, state } from "../testing/agent.ts";
import { parseFrame } from "./frames.ts";

const malformed = (text: string) => {
  const parsed = parseFrame(text);
  return parsed.kind === "malformed" ? parsed.message : undefined;
};

describe("a frame of an agent", () => {
  it("is read when it fits, without the keys that are not known", () => {
    const parsed = parseFrame(JSON.stringify({ ...hello("pi-1"), colour: "red" }));
    expect(parsed).toEqual({ kind: "frame", frame: hello("pi-1") });
  });

  it("of a type that is not known is no fault", () => {
    expect(parseFrame('{"type":"teleport","to":"moon"}')).toEqual({ kind: "unknown", type: "teleport" });
  });

  it.each([
    ["not JSON", "{", "the frame is not JSON"],
    ["NaN, which JSON does not have", '{"type":"pong","id":NaN}', "the frame is not JSON"],
    ["an array", "[]", "the frame is not a JSON object"],
    ["null", "null", "the frame is not a JSON object"],
    ["without a type", "{}", "the frame has no type"],
    ["with a type that is no text", '{"type":7}', "the frame has no type"],
  ])("is malformed when it is %s", (_what, text, message) => {
    expect(malformed(text)).toBe(message);
  });

  it("is malformed when a resource is negative or larger than a number can be, and says which", () => {
    expect(malformed(JSON.stringify(hello("pi-1")).replace('"cpuCores":4', '"cpuCores":-1'))).toMatch(/capabilities\.cpuCores/);
    expect(malformed(JSON.stringify(hello("pi-1")).replace('"memoryBytes":4294967296', '"memoryBytes":1e999'))).toMatch(/capabilities\.memoryBytes/);
    expect(malformed(JSON.stringify({ type: "sample", state: { ...state, cpuPercent: 101 } }))).toMatch(/state\.cpuPercent/);
  });

  it("counts with the last value of a key that is written twice", () => {
    expect(parseFrame('{"type":"pong","id":1,"id":2}')).toEqual({ kind: "frame", frame: { type: "pong", id: 2 } });
  });

  it("may be any text at all without harm", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void expect(["frame", "unknown", "malformed"]).toContain(parseFrame(text).kind)));
    fc.assert(fc.property(fc.json(), (text) => void expect(["frame", "unknown", "malformed"]).toContain(parseFrame(text).kind)));
  });

  it("may have any value in any place without harm", () => {
    const type = fc.constantFrom("hello", "heartbeat", "sample", "report", "answer", "pong", "bye", "constructor", "__proto__");
    const anyFrame = fc.tuple(type, fc.dictionary(fc.string(), fc.jsonValue())).map(([name, rest]) => JSON.stringify({ ...rest, type: name }));
    fc.assert(fc.property(anyFrame, (text) => void expect(["frame", "unknown", "malformed"]).toContain(parseFrame(text).kind)));
  });
});
