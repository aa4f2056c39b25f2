import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keptBytesMax, keptLog } from "./kept-log.ts";
import { openDevice } from "./testing/limits.ts";

const quiet = { info: () => undefined, warn: () => undefined };
const clock = { now: () => 1_700_000_000_000 };

describe("the log that an agent keeps", () => {
  it("passes every entry on, and keeps it as a line for a person", () => {
    const passed: unknown[] = [];
    const { log, tail } = keptLog({ info: (...entry) => void passed.push(entry), warn: (...entry) => void passed.push(entry) }, clock);
    log.info("connected to the hub", { hubVersion: "0.1.0", acknowledged: 7, nothing: undefined });
    log.warn("no connection to the hub");
    expect(passed).toEqual([
      ["connected to the hub", { hubVersion: "0.1.0", acknowledged: 7, nothing: undefined }],
      ["no connection to the hub", undefined],
    ]);
    expect(tail(1_000)).toBe(
      '2023-11-14T22:13:20.000Z info connected to the hub hubVersion="0.1.0" acknowledged=7\n2023-11-14T22:13:20.000Z warn no connection to the hub\n',
    );
  });

  it("answers whole lines, and the end of the last one when not even that fits", () => {
    const { log, tail } = keptLog(quiet, clock);
    expect(tail(100)).toBe("");
    log.info("first");
    log.info("second ä");
    expect(tail(50)).toBe("2023-11-14T22:13:20.000Z info second ä\n");
    expect(tail(9)).toBe("second ä\n".slice(-8));
  });

  it("never grows beyond its bound, never answers more than was asked for, and keeps the newest", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 6_000, unit: "binary" }), { maxLength: 40 }),
        fc.integer({ min: 1, max: keptBytesMax }),
        (texts, bytesMax) => {
          const { log, tail } = keptLog(quiet, clock);
          for (const text of texts) log.warn("it said", { text });
          log.info("newest");
          expect(Buffer.byteLength(tail(keptBytesMax))).toBeLessThanOrEqual(keptBytesMax);
          expect(Buffer.byteLength(tail(bytesMax))).toBeLessThanOrEqual(bytesMax);
          if (bytesMax > 100) expect(tail(bytesMax).endsWith("info newest\n")).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("is what the hub gets when it asks for the agent's log", async () => {
    const { agent, latest, pass } = await openDevice();
    latest().say({ type: "ask", requestId: "q", question: { kind: "agent-log", tailBytes: 200 } });
    await pass(0);
    const answer = latest().sent.find((frame) => frame.type === "answer");
    expect(answer).toMatchObject({ requestId: "q", body: { found: true, text: expect.stringContaining("info connected to the hub") } });
    const stopped = agent.stop("test over");
    await pass(5_000);
    await stopped;
  });
});
