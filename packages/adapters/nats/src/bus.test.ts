import { seededRandom, virtualClock } from "@fogline/fakes";
import { type BusWorld, broken, brokenBuses, busCases, busSuite } from "@fogline/fakes/suites";
import type { Bus } from "@fogline/ports";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openNats } from "./index.ts";
import { hasNats, natsNote, type PrivateNats, startPrivateNats } from "./private-server.ts";

describe.skipIf(!hasNats)(`the bus over NATS${natsNote}`, () => {
  let server: PrivateNats;
  beforeAll(async () => {
    server = await startPrivateNats();
  });
  afterAll(() => server?.stop());

  /** The server is real and so is its time; the clock of timeouts and deadlines is the test's. */
  const opened =
    (breaking: (bus: Bus) => Bus = (bus) => bus) =>
    async (): Promise<BusWorld> => {
      const clock = virtualClock();
      const bus = await openNats({ url: server.url }, { clock, random: seededRandom(1) });
      return { bus: breaking(bus), pass: (ms) => clock.advance(ms), end: () => bus.close(), seesSubscribers: false };
    };

  busSuite("NATS", opened());

  it.each(brokenBuses)("fails where it %s", async (_fault, breaking, name) => {
    const cases = busCases.filter((one) => one.name === name);
    const impatient = async () => ({ ...(await opened(breaking)()), patienceMs: 400 });
    expect(await broken(cases, impatient)).toEqual([name]);
  });
});
