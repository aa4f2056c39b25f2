import { type DeviceCapabilities, type DeviceState, type NodeDeclaration, verifyToken } from "@fogline/contracts";
import { seededRandom, virtualClock } from "@fogline/fakes";
import { ok } from "@fogline/findings";
import { inProcessBus } from "@fogline/in-process";
import type { Database } from "@fogline/ports";
import { createClient, handle, serve } from "@fogline/rpc";
import { openSqlite } from "@fogline/sqlite";
import { type OrchestratorSchema, orchestratorConfig, start } from "../index.ts";

export const capabilities: DeviceCapabilities = {
  architecture: "arm64",
  deviceClass: "raspberry-pi",
  operatingSystem: "Debian 12",
  kernel: "6.6.31",
  cpuCores: 4,
  memoryBytes: 4_294_967_296,
  storageBytes: 32_000_000_000,
  batteryPowered: false,
  features: [],
  networkInterfaces: [],
};

export const state: DeviceState = {
  sampledAtMs: 1_000,
  uptimeMs: 60_000,
  cpuPercent: 5,
  memoryAvailableBytes: 3_000_000_000,
  storageFreeBytes: 16_000_000_000,
  temperatureCelsius: 45,
  batteryPercent: null,
  charging: null,
  networkBandwidthMbps: 100,
  networkLatencyMs: 3,
  powerMode: "balanced",
  thermalState: "normal",
};

export const declaration = (id: string, more: Partial<NodeDeclaration> = {}): NodeDeclaration => ({
  id,
  site: "lab",
  region: "eu-central",
  cluster: null,
  tier: "access-edge",
  ring: null,
  hardware: "raspberry-pi-4",
  connectivity: "lan",
  residency: null,
  availability: 0.99,
  labels: {},
  ...more,
});

export const hello = (id: string, more: { connectionId?: string; probeAddress?: string | null } = {}) => ({
  id,
  connectionId: "c1",
  bootId: "boot-1",
  agentVersion: "0.1.0",
  simulated: false,
  capabilities,
  state,
  executions: [],
  probeAddress: null,
  ...more,
});

/** Enough for a call that goes through two services and their databases. */
const turnsPerStep = 60;

export const startMs = 1_700_000_000_000;

/** What the gateway says of tokens in these tests. */
const principals: Readonly<Record<string, { name: string; role: "admin" | "node" }>> = {
  "admin-token": { name: "ada", role: "admin" },
  "token-of-pi-1": { name: "pi-1", role: "node" },
};

/** An orchestrator on a bus of its own with a clock that moves when it is told to. */
export const openHub = async (settings: Record<string, unknown> = {}, reuse: { database?: Database<OrchestratorSchema> } = {}) => {
  const clock = virtualClock(startMs);
  const random = seededRandom(7);
  const bus = inProcessBus({ clock, random });
  const database = reuse.database ?? openSqlite<OrchestratorSchema>(":memory:");
  const config = orchestratorConfig.parse({ httpPort: 0, logLevel: "silent", ...settings });
  const identities = await serve(bus, [handle(verifyToken, async ({ token }) => ok({ principal: principals[token] ?? null }))], {
    ...{ clock, random, source: "gateway" },
  });
  const client = createClient(bus, { clock, random, source: "test" });
  const running = await start(config, { bus, clock, random, database });
  /** Lets time pass in steps, with turns of the event loop between them for what waits for a database or a message. */
  const pass = async (ms: number, stepMs = 250) => {
    for (let left = ms; left > 0; left -= stepMs) {
      await clock.advance(Math.min(stepMs, left));
      for (let turn = 0; turn < turnsPerStep; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    }
  };
  const close = async () => {
    await running.stop();
    await identities.stop(0);
  };
  return { clock, random, bus, identities, database, client, running, pass, close };
};

export type Hub = Awaited<ReturnType<typeof openHub>>;

/** The value of an answer that must be one. */
export const unwrap = <Value>(result: { ok: true; value: Value } | { ok: false; failure: { message: string } }): Value => {
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
};
