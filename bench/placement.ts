import { seededRandom } from "@fogline/fakes";
import { type Node, type NodeSource, nodeView, type Placement, place, type Task } from "@fogline/placement";
import { type Bench, verify } from "./bench.ts";
import { type Figure, latencies } from "./figures.ts";
import { processorMicros } from "./process-facts.ts";

const GiB = 1024 ** 3;
const decisions = 1_000;
const nodeCount = 1_000;

const task = (cpuCores: number, memoryBytes: number): Task => ({ cpuCores, memoryBytes, gpu: false, inputBytes: 20_000_000, labels: {} });

/** A fleet of devices, most of them fit for a task: some busy, hot, on battery, or offline. The same for the same seed. */
const nodes = (seed: number): Node[] => {
  const random = seededRandom(seed);
  const between = (min: number, max: number) => min + random.unit() * (max - min);
  const tiers = ["cloud", "regional-edge", "metro-edge", "access-edge", "iot"] as const;
  return Array.from({ length: nodeCount }, (_, index) => {
    const memoryBytes = 8 * GiB;
    const batteryPowered = random.unit() < 0.2;
    const source: NodeSource = {
      ...{
        id: `node-${index}`,
        site: `site-${index % 20}`,
        tier: tiers[index % tiers.length] ?? "iot",
        residency: "eu",
        availability: 0.995,
        labels: {},
      },
      ...{ status: random.unit() < 0.05 ? "offline" : "online", draining: random.unit() < 0.02 },
      capabilities: {
        ...{ architecture: "arm64", deviceClass: "raspberry-pi", operatingSystem: "linux", kernel: "6.12", cpuCores: 4, memoryBytes },
        ...{ storageBytes: 64 * GiB, batteryPowered, features: ["containers"], networkInterfaces: [] },
      },
      state: {
        ...{ sampledAtMs: 0, uptimeMs: 0, cpuPercent: between(0, 90), memoryAvailableBytes: between(0.1, 1) * memoryBytes },
        ...{ storageFreeBytes: 32 * GiB, temperatureCelsius: between(30, 85), batteryPercent: batteryPowered ? between(10, 100) : null },
        ...{ charging: batteryPowered ? random.unit() < 0.5 : null, networkBandwidthMbps: between(5, 1_000), networkLatencyMs: between(1, 120) },
        ...{ powerMode: "performance", thermalState: random.unit() < 0.1 ? "hot" : "normal" },
      },
    };
    return nodeView(source, { tasks: Math.floor(between(0, 6)), cpuCores: between(0, 3), memoryBytes: between(0, 4) * GiB, gpus: 0 });
  });
};

/** What a placement would cost that says nothing: filter, one weighted sum, the best. */
const withoutReasons = (wanted: Task, fleet: readonly Node[]): string | undefined => {
  let best: string | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const node of fleet) {
    if (node.status !== "online" || node.draining || node.cpuCoresFree < wanted.cpuCores || node.memoryFreeBytes < wanted.memoryBytes) continue;
    const score = node.cpuCoresIdle / node.cpuCores + node.memoryFreeBytes / node.memoryBytes - (node.networkLatencyMs ?? 100) / 100;
    if (score > bestScore) [best, bestScore] = [node.id, score];
  }
  return best;
};

const verifyPlacement = ({ candidates, chosen, refused }: Placement): void => {
  verify(candidates.length + refused.length === nodeCount, "a node is neither candidate nor refused");
  verify(candidates.length > 0 && refused.length > 0, "every node was refused, or none");
  const best = Math.max(...candidates.map(({ score }) => score));
  verify(candidates.find(({ node }) => node === chosen)?.score === best, "the chosen node does not have the highest score");
};

const timed = <Answer>(decide: (wanted: Task) => Answer, look: (answer: Answer) => void): number[] =>
  Array.from({ length: decisions }, (_, index) => {
    const wanted = task(0.1 + (index % 20) / 10, (64 + (index % 32) * 32) * 1024 ** 2);
    const started = performance.now();
    const answer = decide(wanted);
    const micros = (performance.now() - started) * 1_000;
    look(answer);
    return micros;
  });

/** One decision over a thousand nodes, in this process: placement is a pure function. */
export const placement: Bench = {
  about: `one placement among ${nodeCount} nodes with every score and refusal explained, in-process`,
  run: async () => {
    const fleet = nodes(1);
    const measure = <Answer>(what: string, decide: (wanted: Task) => Answer, look: (answer: Answer) => void): Figure[] => {
      timed(decide, look);
      const waits = latencies(
        what,
        "µs",
        timed(decide, () => undefined),
      );
      const before = process.cpuUsage();
      timed(decide, () => undefined);
      return [...waits, { what: `${what}: processor time`, unit: "µs", value: processorMicros(before) / decisions }];
    };
    return [
      ...measure("profile fog", (wanted) => place(wanted, fleet, { profile: "fog" }), verifyPlacement),
      ...measure("profile tiers", (wanted) => place(wanted, fleet, { profile: "tiers" }), verifyPlacement),
      ...measure(
        "compared: a loop without reasons",
        (wanted) => withoutReasons(wanted, fleet),
        (best) => verify(best !== undefined, "no node"),
      ),
    ];
  },
};
