import { setTimeout as sleep } from "node:timers/promises";
import { hostClock, hostRandom, memoryIdentityStore, openIdentity, webSocketLink } from "@fogline/agent";
import type { DeviceState, FromAgent, FromHub } from "@fogline/contracts";
import { WebSocket } from "ws";
import { verify } from "./bench.ts";
import { type Figure, latencies } from "./figures.ts";
import { ask } from "./hub-http.ts";
import { residentBytes } from "./process-facts.ts";
import type { HubProgram } from "./programs.ts";

const capabilities: Extract<FromAgent, { type: "hello" }>["capabilities"] = {
  ...{ architecture: "arm64", deviceClass: "raspberry-pi", operatingSystem: "Debian 12", kernel: "6.12", cpuCores: 4 },
  ...{ memoryBytes: 8_000_000_000, storageBytes: 64_000_000_000, batteryPowered: false, features: [], networkInterfaces: [] },
};

const stateOf = (uptimeMs: number): DeviceState => ({
  ...{ sampledAtMs: Date.now(), uptimeMs, cpuPercent: 12, memoryAvailableBytes: 5_000_000_000, storageFreeBytes: 40_000_000_000 },
  ...{ temperatureCelsius: 48, batteryPercent: null, charging: null, networkBandwidthMbps: 940, networkLatencyMs: 3 },
  ...{ powerMode: "performance", thermalState: "normal" },
});

/** When each sample was sent, by its mark: a number that stands where a device says how long it is up. */
class Marks {
  readonly #sentAtMs: number[] = [];
  next(): number {
    this.#sentAtMs.push(performance.now());
    return this.#sentAtMs.length - 1;
  }
  sentAtMs(mark: number): number | undefined {
    return this.#sentAtMs[mark];
  }
  get count(): number {
    return this.#sentAtMs.length;
  }
}

/** A device as far as the agents' port sees one: enrolled, over mutual TLS, answering pings, sending samples while they are wanted. */
const openDevice = async (hub: HubProgram, nodeId: string, marks: Marks): Promise<{ close(): void }> => {
  const { token } = await ask<{ token: string }>(hub, "POST", `/api/nodes/${nodeId}/enrolment`, {});
  const log = { info: () => undefined, warn: () => undefined };
  const identity = openIdentity({ store: memoryIdentityStore(), token, nodeId, clock: hostClock, random: hostRandom, log });
  let timer: NodeJS.Timeout | undefined;
  const welcomed = Promise.withResolvers<void>();
  const send = (frame: FromAgent) => connection.send(JSON.stringify(frame));
  const sampleEach = (everyMs: number | null) => {
    clearInterval(timer);
    if (everyMs !== null) timer = setInterval(() => send({ type: "sample", state: stateOf(marks.next()) }), everyMs);
  };
  const received = (text: string): void => {
    const frame = JSON.parse(text) as FromHub;
    if (frame.type === "ping") send({ type: "pong", id: frame.id });
    else if (frame.type === "settings") setTimeout(() => sampleEach(frame.settings.sampleMs), Math.random() * (frame.settings.sampleMs ?? 0));
    else if (frame.type === "welcome") {
      sampleEach(frame.settings.sampleMs);
      welcomed.resolve();
    }
  };
  const connection = webSocketLink({ hubUrl: identity.hubUrl, nodeId, identity }).connect({
    opened: () =>
      send({
        ...{ type: "hello", protocol: 1, nodeId, bootId: "bench", agentVersion: "0.1.0", simulated: true, capabilities },
        ...{ state: stateOf(0), executions: [], probeAddress: null },
      }),
    received,
    alive: () => undefined,
    closed: (reason) => welcomed.reject(new Error(`${nodeId} lost its connection: ${reason}`)),
  });
  await welcomed.promise;
  const close = () => {
    clearInterval(timer);
    identity.close();
    connection.close("the bench is over");
  };
  return { close };
};

/** What dashboards received while it counted. */
interface Received {
  readonly delaysMs: number[];
  samples: number;
  counting: boolean;
}

/** A dashboard as far as the gateway sees one: a WebSocket that reads everything. */
const openDashboard = (hub: HubProgram, marks: Marks, received: Received): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${hub.url.replace("http", "ws")}/api/changes?samples=true`, { headers: { authorization: `Bearer ${hub.token}` } });
    socket.once("open", () => resolve(socket));
    socket.once("error", reject);
    socket.on("message", (data) => {
      const atMs = performance.now();
      if (!received.counting) return;
      for (const { item } of JSON.parse(data.toString()) as { item: { name: string; data: { state?: DeviceState } } }[]) {
        const sentAtMs = item.name === "nodes.sampled" ? marks.sentAtMs(item.data.state?.uptimeMs ?? -1) : undefined;
        if (sentAtMs === undefined) continue;
        received.samples += 1;
        received.delaysMs.push(atMs - sentAtMs);
      }
    });
  });

/** Opens so many of something, some at once. */
const openMany = async <Opened>(count: number, open: (index: number) => Promise<Opened>): Promise<Opened[]> => {
  const opened: Opened[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      opened.push(await open(next));
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return opened;
};

const settleMs = 5_000;

/** From the device that samples to every dashboard, and what a connection of either kind costs the hub. */
export const fanOutFigures = async (hub: HubProgram, devices: number, dashboards: number, windowMs: number): Promise<Figure[]> => {
  const marks = new Marks();
  const received: Received = { delaysMs: [], samples: 0, counting: false };
  const alone = residentBytes(hub.pid);
  const open = await openMany(devices, (index) => openDevice(hub, `more-${index}`, marks));
  await sleep(settleMs);
  const withDevices = residentBytes(hub.pid);
  const sockets = await openMany(dashboards, () => openDashboard(hub, marks, received));
  await sleep(settleMs);
  const before = marks.count;
  received.counting = true;
  await sleep(windowMs);
  const sent = marks.count - before;
  await sleep(1_000);
  received.counting = false;
  const withDashboards = residentBytes(hub.pid);
  for (const socket of sockets) socket.terminate();
  for (const device of open) device.close();
  verify(received.samples >= sent * dashboards, `${sent} samples for ${dashboards} dashboards arrived ${received.samples} times`);
  const what = `${devices} devices, ${dashboards} dashboards`;
  return [
    { what: `${what}: samples sent`, unit: "/s", value: (sent / windowMs) * 1_000 },
    { what: `${what}: samples delivered`, unit: "/s", value: (received.samples / (windowMs + 1_000)) * 1_000 },
    ...latencies(`${what}: device to dashboard`, "ms", received.delaysMs),
    { what: `${what}: memory of the hub for a device over mutual TLS`, unit: "KiB", value: (withDevices - alone) / devices / 1_024 },
    { what: `${what}: memory of the hub for a dashboard`, unit: "KiB", value: (withDashboards - withDevices) / dashboards / 1_024 },
    { what: `${what}: RSS of the hub`, unit: "MB", value: withDashboards / 1e6 },
  ];
};
