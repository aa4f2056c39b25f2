import type { FromAgent } from "@fogline/contracts/agent-protocol";
import { seededRandom, virtualClock } from "@fogline/fakes";
import { describe, expect, it } from "vitest";
import { openSession } from "./session.ts";
import { scriptedLink } from "./testing/link.ts";

const quiet = { info: () => undefined, warn: () => undefined };
const bye: FromAgent = { type: "bye", reason: "stands for any frame" };

const open = (retryMsMax = 15_000) => {
  const clock = virtualClock(0);
  const { link, attempts, latest } = scriptedLink();
  const received: string[] = [];
  const session = openSession(
    link,
    { hello: () => bye, welcomed: () => undefined, received: ({ type }) => void received.push(type), lost: () => undefined },
    { clock, random: seededRandom(7), log: quiet, retryMsMax },
  );
  /** Virtual milliseconds until the next attempt. */
  const untilNextAttempt = async (limitMs: number): Promise<number> => {
    const before = attempts.length;
    let waitedMs = 0;
    for (; attempts.length === before && waitedMs < limitMs; waitedMs += 50) await clock.advance(50);
    return waitedMs;
  };
  return { clock, attempts, latest, received, session, untilNextAttempt };
};

describe("a session", () => {
  it("tries again soon at first, then ever more rarely up to 15 s, and soon again after a connection that lasted", async () => {
    const { clock, latest, untilNextAttempt } = open();
    const delays: number[] = [];
    for (let failure = 0; failure < 8; failure += 1) {
      latest().drop();
      delays.push(await untilNextAttempt(20_000));
    }
    expect(delays[0]).toBeLessThanOrEqual(500);
    for (const [failure, delayMs] of delays.slice(1).entries()) {
      const ceilingMs = Math.min(15_000, 500 * 2 ** (failure + 1));
      expect(delayMs).toBeGreaterThanOrEqual(ceilingMs / 2);
      expect(delayMs).toBeLessThanOrEqual(ceilingMs + 50);
    }
    latest().welcome();
    latest().drop();
    expect(await untilNextAttempt(20_000)).toBeGreaterThan(500);
    latest().welcome();
    await clock.advance(2000);
    latest().drop();
    expect(await untilNextAttempt(20_000)).toBeLessThanOrEqual(500);
  });

  it("never pauses longer than it is told", async () => {
    const { latest, untilNextAttempt } = open(800);
    for (let failure = 0; failure < 8; failure += 1) {
      latest().drop();
      expect(await untilNextAttempt(20_000)).toBeLessThanOrEqual(850);
    }
  });

  it("says hello first and nothing else before the welcome", () => {
    const { latest, session } = open();
    latest().events.opened();
    expect(session.send(bye)).toBe(false);
    expect(latest().sent).toHaveLength(1);
    latest().welcome();
    expect(session.send(bye)).toBe(true);
    expect(session.connected()).toBe(true);
  });

  it("asks a silent connection for a sign of life, and gives it up when none comes", async () => {
    const { clock, latest, attempts } = open();
    latest().welcome();
    await clock.advance(12_000);
    expect(latest().pings).toBeGreaterThan(0);
    latest().events.alive();
    await clock.advance(16_000);
    expect(attempts).toHaveLength(1);
    const first = latest();
    await clock.advance(16_000);
    expect(first.closedBecause).toMatch(/^nothing heard for/);
    expect(attempts.length).toBeGreaterThan(1);
  });

  it("answers pings and passes over what it does not understand", () => {
    const { latest, received } = open();
    latest().welcome();
    for (const text of ["not json", "{}", '{"type":"from-the-future"}', '{"type":"ack","sequence":"x"}', "null"]) latest().events.received(text);
    latest().say({ type: "ping", id: 3 });
    latest().say({ type: "ack", sequence: 1 });
    expect(received).toEqual(["ack"]);
    expect(latest().sent.at(-1)).toEqual({ type: "pong", id: 3 });
  });

  it("stays away for a while from a hub that refuses it", async () => {
    const { latest, untilNextAttempt } = open();
    latest().events.opened();
    latest().say({ type: "refused", code: "FL4002", message: "the credential is not valid" });
    expect(await untilNextAttempt(20_000)).toBeGreaterThanOrEqual(7500);
  });

  it("does not come back after it was closed", async () => {
    const { clock, latest, attempts, session } = open();
    latest().welcome();
    session.close("over");
    expect(latest().sent.at(-1)).toEqual({ type: "bye", reason: "over" });
    await clock.advance(60_000);
    expect(attempts).toHaveLength(1);
  });
});
