import { setTimeout as sleep } from "node:timers/promises";
import { clockSuite, randomSuite } from "@fogline/fakes/suites";
import { systemClock, systemRandom } from "./index.ts";

const end = async () => {};
clockSuite("system", async () => ({ clock: systemClock, pass: (ms) => sleep(ms), end }));
randomSuite("system", async () => ({ random: systemRandom, end }));
