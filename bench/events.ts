import { EventEmitter, once } from "node:events";
import { type EventDeclaration, event, nodeChanged, type Output } from "@fogline/contracts";
import { inProcessBus } from "@fogline/in-process";
import { openNats } from "@fogline/nats";
import { hasNats, startPrivateNats } from "@fogline/nats/private-server";
import type { Bus } from "@fogline/ports";
import { type Client, createClient } from "@fogline/rpc";
import { systemClock, systemRandom } from "@fogline/system";
import { z } from "zod";
import { type Bench, type BenchOptions, verify } from "./bench.ts";
import { feedFigures } from "./feed.ts";
import { type Figure, latencies } from "./figures.ts";
import { processorMicros } from "./process-facts.ts";

const subscribers = 10;
const warmUp = 2_000;
const paced = 5_000;
/** Events on their way at once while the rate is measured; a subscriber's queue takes 1,000. */
const ahead = 200;

type Data = Output<typeof Numbered>;
const Numbered = nodeChanged.data.extend({ number: z.int() });
/** A changed node as the registry tells of it, with a number to find each again. */
const numbered: EventDeclaration<"bench.numbered", typeof Numbered> = event({ name: "bench.numbered", summary: "A changed node.", data: Numbered });

/** An event of 1,000 bytes, more or less the digits of its number. */
const dataOf = (number: number, padding = 0): Data => ({
  number,
  id: "pi-1",
  node: {
    ...{ id: "pi-1", site: "plant-7", region: "eu-central", cluster: "edge-pi", tier: "access-edge", ring: "stable", hardware: "pi-5-8" },
    ...{ connectivity: "factory-lte", residency: "eu", availability: 0.995, labels: { padding: "x".repeat(padding) }, status: "online" },
    ...{ statusSinceMs: 1_000, reason: "its agent connected", draining: false, simulated: true, agentVersion: "0.1.0", bootId: "b", executions: [] },
    capabilities: {
      ...{ architecture: "arm64", deviceClass: "raspberry-pi", operatingSystem: "Fogline simulation", kernel: "6.12", cpuCores: 4 },
      ...{ memoryBytes: 8 * 1024 ** 3, storageBytes: 64 * 1024 ** 3, batteryPowered: false, features: [], networkInterfaces: [] },
    },
    state: null,
    ...{ metrics: null, lastSeenAtMs: 1_000, version: 7 },
  },
});
const padding = Math.max(0, 1_000 - JSON.stringify(dataOf(0)).length);

/** Numbers that each subscriber saw, in order; `all` resolves when every one saw `count`. */
class Seen {
  readonly #next: number[] = Array.from({ length: subscribers }, () => 0);
  readonly #complete = new EventEmitter().setMaxListeners(0);
  #done = 0;

  receive(subscriber: number, { number, node }: Data): void {
    verify(
      number === this.#next[subscriber] && node?.labels.padding?.length === padding,
      `subscriber ${subscriber} got event ${number} changed or out of order`,
    );
    this.#next[subscriber] = number + 1;
    if (this.#next.every((next) => next > number)) {
      this.#done = number + 1;
      this.#complete.emit("event");
    }
  }

  async until(count: number): Promise<void> {
    while (this.#done < count) await once(this.#complete, "event");
  }
}

/** A way to tell ten subscribers: what it costs one event, and how many it takes a second. */
const measure = async (what: string, publish: (data: Data) => Promise<void>, seen: Seen, windowMs: number): Promise<Figure[]> => {
  let number = 0;
  const one = async (): Promise<number> => {
    const data = dataOf(number, padding);
    number += 1;
    const started = performance.now();
    await publish(data);
    await seen.until(number);
    return (performance.now() - started) * 1_000;
  };
  for (let count = 0; count < warmUp; count += 1) await one();
  const waits: number[] = [];
  for (let count = 0; count < paced; count += 1) waits.push(await one());
  const [first, started, before] = [number, performance.now(), process.cpuUsage()];
  while (performance.now() - started < windowMs) {
    await seen.until(number - ahead);
    await publish(dataOf(number, padding));
    number += 1;
  }
  await seen.until(number);
  const perSecond = (number - first) / ((performance.now() - started) / 1_000);
  return [
    ...latencies(`${what}, to the last of ten`, "µs", waits),
    { what: `${what}: kept up`, unit: "/s", value: perSecond },
    { what: `${what}: processor time of an event`, unit: "µs", value: processorMicros(before) / (number - first) },
  ];
};

const overBus = async (what: string, bus: Bus, windowMs: number): Promise<Figure[]> => {
  const client: Client = createClient(bus, { clock: systemClock, random: systemRandom, source: "bench" });
  const seen = new Seen();
  for (let subscriber = 0; subscriber < subscribers; subscriber += 1) await client.on(numbered, async (data) => seen.receive(subscriber, data));
  const figures = await measure(what, (data) => client.publish(numbered, data), seen, windowMs);
  await bus.close();
  return figures;
};

/** The bus between processes, here with both ends in this one: each event crosses the server and two sockets. */
const overNats = async (windowMs: number): Promise<Figure[]> => {
  const server = await startPrivateNats();
  try {
    return await overBus("bus over NATS", await openNats({ url: server.url }, { clock: systemClock, random: systemRandom }), windowMs);
  } finally {
    await server.stop();
  }
};

const overEmitter = (windowMs: number): Promise<Figure[]> => {
  const emitter = new EventEmitter();
  const seen = new Seen();
  for (let subscriber = 0; subscriber < subscribers; subscriber += 1)
    emitter.on("event", (data: Data) => {
      const copy = structuredClone(data);
      setImmediate(() => seen.receive(subscriber, copy));
    });
  return measure("compared: EventEmitter, structuredClone, no checks", async (data) => void emitter.emit("event", data), seen, windowMs);
};

const overEmitterChecked = (windowMs: number): Promise<Figure[]> => {
  const emitter = new EventEmitter();
  const seen = new Seen();
  for (let subscriber = 0; subscriber < subscribers; subscriber += 1)
    emitter.on("event", (text: string) => setImmediate(() => seen.receive(subscriber, Numbered.parse(JSON.parse(text)))));
  return measure(
    "compared: EventEmitter, JSON, zod at both ends",
    async (data) => void emitter.emit("event", JSON.stringify(Numbered.parse(data))),
    seen,
    windowMs,
  );
};

/** Events to ten subscribers: over the bus of the embedded hub, over NATS where it is built, and over HTTP to another process. */
export const events: Bench = {
  about: "an event of 1 kB, checked by its schema, to ten subscribers",
  run: async (options: BenchOptions) => {
    options.say("in-process bus");
    return [
      { what: "an event's data, encoded", unit: "bytes", value: JSON.stringify(dataOf(0, padding)).length },
      ...(await overBus("in-process bus", inProcessBus({ clock: systemClock, random: systemRandom }), options.windowMs)),
      ...(hasNats ? await overNats(options.windowMs) : []),
      ...(await overEmitter(options.windowMs)),
      ...(await overEmitterChecked(options.windowMs)),
      ...(await feedFigures(options)),
    ];
  },
};
