import {
  assignExecution,
  connectNode,
  createTask,
  type DeviceCapabilities,
  type DeviceState,
  disconnectNode,
  getTask,
  registerNode,
  reportExecution,
} from "@fogline/contracts";
import { seededRandom, type VirtualClock, virtualClock } from "@fogline/fakes";
import { ok } from "@fogline/findings";
import { inProcessBus } from "@fogline/in-process";
import { start as startOrchestrator } from "@fogline/orchestrator";
import { orchestratorConfig } from "@fogline/orchestrator/config";
import { type Client, createClient, handle, serve } from "@fogline/rpc";
import { start as startScheduler } from "@fogline/scheduler";
import { schedulerConfig } from "@fogline/scheduler/config";
import { openSqlite } from "@fogline/sqlite";
import { afterEach, describe, expect, it } from "vitest";

const capabilities: DeviceCapabilities = {
  ...{ architecture: "arm64", deviceClass: "raspberry-pi", operatingSystem: "Debian 12", kernel: "6.6.31", cpuCores: 4 },
  ...{ memoryBytes: 4 * 1024 ** 3, storageBytes: 32e9, batteryPowered: false, features: [], networkInterfaces: [] },
};
const state: DeviceState = {
  ...{ sampledAtMs: 0, uptimeMs: 60_000, cpuPercent: 5, memoryAvailableBytes: 3e9, storageFreeBytes: 16e9, temperatureCelsius: 45 },
  ...{ batteryPercent: null, charging: null, networkBandwidthMbps: 100, networkLatencyMs: 3, powerMode: "performance", thermalState: "normal" },
};
const declared = (id: string) => ({
  ...{ id, site: "lab", region: "eu", cluster: null, tier: "access-edge" as const, ring: null, hardware: "pi-4-4", connectivity: "always" },
  ...{ residency: null, availability: 0.995 },
});

const stops: (() => Promise<unknown>)[] = [];
let clock: VirtualClock;
afterEach(async () => {
  const stopped = Promise.all(stops.splice(0).map((stop) => stop()));
  await clock.advance(60_000);
  await stopped;
});

/** The orchestrator and the scheduler as they run, with their own defaults, on one bus and one virtual clock. */
const openFog = async (): Promise<Client> => {
  clock = virtualClock(1_000_000);
  const random = seededRandom(11);
  const bus = inProcessBus({ clock, random });
  const client = createClient(bus, { clock, random, source: "test" });
  const ports = { bus, clock, random };
  const identities = { verify: async () => undefined };
  const orchestrator = await startOrchestrator(orchestratorConfig.parse({ httpPort: 0, logLevel: "silent" }), {
    ...ports,
    ...{ database: openSqlite(":memory:"), identities },
  });
  const scheduler = await startScheduler(schedulerConfig.parse({ logLevel: "silent" }), { ...ports, database: openSqlite(":memory:") });
  stops.push(
    () => scheduler.stop(),
    () => orchestrator.stop(),
  );
  for (const id of ["pi-1", "pi-2"]) {
    const assign = handle(assignExecution, async ({ execution: { executionId, taskId } }) => {
      void client.call(reportExecution, { node: id, report: { executionId, taskId, status: "running", atMs: clock.now() } });
      return ok({});
    });
    await serve(bus, [assign], { ...ports, source: id, address: id });
    expect((await client.call(registerNode, declared(id))).ok).toBe(true);
    const hello = { id, connectionId: id, bootId: "boot", agentVersion: "0.1.0", simulated: true, executions: [], probeAddress: null };
    expect((await client.call(connectNode, { ...hello, capabilities, state })).ok).toBe(true);
  }
  return client;
};

/** Virtual milliseconds until a look finds something, at most a minute. */
const passUntil = async <Value>(look: () => Promise<Value | undefined>): Promise<{ found: Value; tookMs: number }> => {
  for (let tookMs = 0; tookMs <= 60_000; tookMs += 100) {
    const found = await look();
    if (found !== undefined) return { found, tookMs };
    await clock.advance(100);
    for (let turn = 0; turn < 60; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  throw new Error("not within a virtual minute");
};

describe("failover", () => {
  it("has a task running on another node within 10 s of the loss of its node's connection", async () => {
    const client = await openFog();
    const created = await client.call(createTask, { command: ["sleep", "600"] });
    const id = created.ok ? created.value.id : "";
    const running = (attempt: number) => async () => {
      const task = await client.call(getTask, { id });
      return task.ok && task.value.status === "running" && task.value.attempt === attempt ? (task.value.node ?? undefined) : undefined;
    };
    const { found: lost } = await passUntil(running(1));
    await client.call(disconnectNode, { id: lost, connectionId: lost, reason: "it did not answer 2 pings" });
    const { found: other, tookMs } = await passUntil(running(2));
    expect(new Set([lost, other])).toEqual(new Set(["pi-1", "pi-2"]));
    expect(tookMs).toBeGreaterThanOrEqual(4_000);
    expect(tookMs).toBeLessThanOrEqual(10_000);
  });
});
