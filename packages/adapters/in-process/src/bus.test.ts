import { seededRandom, virtualClock } from "@fogline/fakes";
import { busSuite } from "@fogline/fakes/suites";
import { inProcessBus } from "./index.ts";

busSuite("in-process", async () => {
  const clock = virtualClock();
  const bus = inProcessBus({ clock, random: seededRandom(1) });
  return { bus, pass: (ms) => clock.advance(ms), end: () => bus.close() };
});
