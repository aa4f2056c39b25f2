import { seededRandom, virtualClock } from "@fogline/fakes";
import { type BusWorld, breakages, broken, brokenBuses, busCases } from "@fogline/fakes/suites";
import type { Bus } from "@fogline/ports";
import { describe, expect, it } from "vitest";
import { inProcessBus } from "./index.ts";

const opened =
  (breaking: (bus: Bus) => Bus = (bus) => bus) =>
  async (): Promise<BusWorld> => {
    const clock = virtualClock();
    const bus = inProcessBus({ clock, random: seededRandom(1) });
    return { bus: breaking(bus), pass: (ms) => clock.advance(ms), end: () => bus.close(), patienceMs: 60 };
  };

describe("the bus suite", () => {
  const breaks = breakages(busCases);

  it("finds nothing to say about the in-process bus", async () => {
    expect(await broken(busCases, opened())).toEqual([]);
  });

  it.each(brokenBuses)("fails on a bus that %s", async (_fault, breaking, name) => {
    expect(await breaks.by(opened(breaking))).toContain(name);
  });

  it("has no case that none of these fails", () => {
    expect(breaks.byNone()).toEqual([]);
  });
});
