import type { DeviceCapabilities } from "@fogline/contracts/device";
import { seededRandom, virtualClock } from "@fogline/fakes";
import { type Agent, startAgent } from "../agent.ts";
import { AgentConfig } from "../config.ts";
import type { Preparation, ProcessEnd, Reading, Runner, Store, Traffic } from "../ports.ts";
import { sqliteStore } from "../store.ts";
import { executionOf } from "./hub.ts";
import { scriptedLink } from "./link.ts";

const gibibyte = 1024 ** 3;
/** How often the hub is heard of. */
const contactMs = 5000;

const capabilities: DeviceCapabilities = {
  architecture: "arm64",
  deviceClass: "raspberry-pi",
  operatingSystem: "Debian 12",
  kernel: "6.6.31",
  cpuCores: 4,
  memoryBytes: 8 * gibibyte,
  storageBytes: 100 * gibibyte,
  batteryPowered: true,
  features: [],
  networkInterfaces: [],
};

/** A device that nothing holds back. */
export const calmReading: Reading = {
  uptimeMs: 60_000,
  cpuPercent: 5,
  memoryAvailableBytes: 6 * gibibyte,
  storageFreeBytes: 50 * gibibyte,
  temperatureCelsius: 40,
  batteryPercent: 90,
  charging: true,
  networkBandwidthMbps: null,
  networkLatencyMs: null,
};

/** A runner whose processes end when the test says so, or when they are told to. */
const patientRunner = () => {
  const running = new Map<string, (end: Partial<ProcessEnd>) => void>();
  const started: string[] = [];
  /** The images that are on the device. */
  const images = new Set<string>();
  const runner: Runner = {
    prepare: async ({ executionId, image }): Promise<Preparation> => {
      const { promise: ended, resolve } = Promise.withResolvers<ProcessEnd>();
      const finish = (end: Partial<ProcessEnd>) => {
        running.delete(executionId);
        resolve({ outcome: "exited", exitCode: 0, signal: null, stdout: "", stderr: "", outputTruncated: false, ...end });
      };
      running.set(executionId, finish);
      const trace = { processGroup: 1, startTicks: 1, machineBoot: "boot", controlGroups: [], executionId };
      const kill = () => finish({ outcome: "signalled", exitCode: null, signal: "SIGTERM" });
      const release = () => void started.push(executionId);
      const cached = image === undefined ? {} : { imagePresent: images.has(image) };
      if (image !== undefined) images.add(image);
      return { ok: true, process: { trace, limits: "none", ended, ...cached, release, signal: kill, kill, tail: () => "" } };
    },
    endLeftover: async () => undefined,
    close: async () => undefined,
  };
  return { runner, started, running: () => [...running.keys()], end: (id: string, end: Partial<ProcessEnd> = {}) => running.get(id)?.(end) };
};

/** A whole agent on a clock of its own, on a device that the test makes calm or not. Executions are named by their task. */
export const openDevice = async (
  settings: Record<string, unknown> = {},
  store: Store = sqliteStore(":memory:", 1),
  clock = virtualClock(1_700_000_000_000),
  welcomed = true,
) => {
  const { link, latest, attempts } = scriptedLink();
  const world: { reading: Reading; traffic: Traffic | undefined } = { reading: calmReading, traffic: undefined };
  const lines: string[] = [];
  const note = (message: string, fields: Readonly<Record<string, unknown>> = {}) => void lines.push([message, fields.reason ?? ""].join(": "));
  const { runner, started, running, end } = patientRunner();
  const agent: Agent = await startAgent(AgentConfig.parse({ nodeId: "pi-1", probeHost: "", ...settings }), {
    ...{ clock, random: seededRandom(1), store, link, runner },
    sensors: { detect: async () => capabilities, sample: () => world.reading, traffic: () => world.traffic },
    log: { info: note, warn: note },
  });
  if (welcomed) latest().welcome();
  /** Lets time pass, and what waits for it run. */
  const pass = async (ms: number) => {
    for (let left = ms; left >= 0; left -= contactMs) {
      await clock.advance(Math.min(left, contactMs));
      latest().events.alive();
    }
    for (let turn = 0; turn < 5; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  const looks = (changes: Partial<Reading>, seconds: number) => {
    world.reading = { ...calmReading, ...changes };
    return pass(seconds * 1000);
  };
  const assign = async (...ids: string[]) => {
    for (const id of ids) latest().say({ type: "assign", execution: executionOf(id, ["work"]) });
    await pass(0);
  };
  /** What the agent says of itself now. */
  const metrics = () => agent.figures().metrics;
  return { agent, clock, world, attempts, latest, lines, started, running, end, pass, looks, assign, metrics };
};
