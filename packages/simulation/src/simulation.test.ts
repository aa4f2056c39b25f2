import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executionOf, openTestHub, type TestHub } from "@fogline/agent/testing";
import { hardware } from "@fogline/fleet";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { DeviceDescription } from "./description.ts";
import type { SimulatedHardware } from "./hardware.ts";
import { type Simulation, startSimulation } from "./simulation.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const pi: SimulatedHardware = hardware["pi-5-8"];
const phone: SimulatedHardware = hardware.smartphone;
const device = (hub: TestHub, id: string, of: SimulatedHardware = pi): DeviceDescription => ({ id, token: hub.token(id), hardware: of });

const start = async (
  wanted: Readonly<Record<string, SimulatedHardware>>,
  dataFolder: string | null = null,
  heartbeatMs = 100,
): Promise<{ hub: TestHub; simulation: Simulation }> => {
  const hub = await openTestHub();
  closers.push(() => hub.close());
  hub.settings = { heartbeatMs, sampleMs: null, tasksMax: 4 };
  const devices = Object.entries(wanted).map(([id, of]) => device(hub, id, of));
  const simulation = await startSimulation({ hubUrl: hub.url, dataFolder, devices });
  closers.push(() => simulation.stop());
  await hub.until(() => devices.every(({ id }) => hub.framesOf("heartbeat", id).length > 0), "a heartbeat of each device");
  return { hub, simulation };
};

/** Waits for what comes from now on. */
const later = (hub: TestHub, nodeId: string, heartbeats: number) => {
  const before = hub.framesOf("heartbeat", nodeId).length;
  return hub.until(() => hub.framesOf("heartbeat", nodeId).length >= before + heartbeats, `${heartbeats} more heartbeats of ${nodeId}`);
};

describe("a simulation", () => {
  it("connects each device under its own certificate, with its own hardware, and says that it is made up", async () => {
    const { hub } = await start({ "pi-1": pi, "phone-1": phone });
    const hello = hub.framesOf("hello", "phone-1")[0];
    expect(hello).toMatchObject({ simulated: true, capabilities: { deviceClass: "smartphone", batteryPowered: true } });
    expect(hub.framesOf("hello", "pi-1")[0]?.capabilities).toMatchObject({ deviceClass: "raspberry-pi", memoryBytes: pi.memoryBytes });
    for (const { nodeId, certificate } of hub.frames) expect(certificate).toBe(nodeId);
    expect(hub.malformed).toEqual([]);
  });

  it("says how each device fares, by the code that real agents run", async () => {
    const { hub } = await start({ "pi-1": { ...pi, networkBandwidthMbps: 100 } });
    hub.send("pi-1", { type: "assign", execution: executionOf("t1.1", ["true"]) });
    await hub.finished("t1.1");
    await later(hub, "pi-1", 1);
    const metrics = () => hub.framesOf("heartbeat", "pi-1").at(-1)?.metrics;
    expect(metrics()).toMatchObject({ completedTasks: 1, tasksPerMinute: 0.2, memoryPercent: 25, offline: { outages: 0 } });
    // Its traffic is that of its link to the hub, known once a second of it was seen.
    await hub.until(() => typeof metrics()?.networkPercent === "number", "the use of its link");
  });

  it("shows at once when a sensor changes what the device may do, long before the next heartbeat is due", async () => {
    const { hub, simulation } = await start({ "pi-1": pi, "phone-1": phone }, null, 3_600_000);
    await simulation.set("pi-1", { temperatureCelsius: 95 });
    await simulation.set("phone-1", { batteryPercent: 4, charging: false });
    const last = (id: string) => hub.framesOf("heartbeat", id).at(-1)?.state;
    await hub.until(() => last("pi-1")?.thermalState === "critical", "the heat");
    await hub.until(() => last("phone-1")?.powerMode === "critical", "the empty battery");
    expect(last("pi-1")).toMatchObject({ temperatureCelsius: 95, powerMode: "critical", batteryPercent: null });
    expect(last("phone-1")?.charging).toBe(false);
    await expect(simulation.set("no-such", {})).rejects.toThrow('no simulated device "no-such"');
  });

  it("silences exactly the frozen device, its probe and its processes, until it is thawed", async () => {
    const { hub, simulation } = await start({ "pi-1": pi, "pi-2": pi });
    const address = hub.framesOf("hello", "pi-1")[0]?.probeAddress ?? "";
    await simulation.set("pi-1", { frozen: true });
    await later(hub, "pi-2", 1);
    const silentSince = hub.frames.filter(({ nodeId }) => nodeId === "pi-1").length;
    hub.send("pi-1", { type: "ping", id: 1 });
    hub.send("pi-2", { type: "ask", requestId: "p", question: { kind: "probe", address, nodeId: "pi-1", timeoutMs: 300 } });
    await hub.until(() => hub.framesOf("answer", "pi-2")[0], "the probe's answer");
    await later(hub, "pi-2", 3);
    expect(hub.framesOf("answer", "pi-2")[0]?.body).toMatchObject({ alive: false });
    expect(hub.frames.filter(({ nodeId }) => nodeId === "pi-1").length).toBe(silentSince);
    await simulation.set("pi-1", { frozen: false });
    await hub.until(() => hub.framesOf("pong", "pi-1")[0], "the late pong");
    await later(hub, "pi-1", 2);
  });

  it("stops a frozen device's processes with it, and lets them go on afterwards", async () => {
    const { hub, simulation } = await start({ "pi-1": pi });
    hub.send("pi-1", { type: "assign", execution: executionOf("f1.1", ["sh", "-c", "echo $$; while :; do sleep 0.05; done"]) });
    const ask = () => hub.send("pi-1", { type: "ask", requestId: "log", question: { kind: "logs", executionId: "f1.1", tailBytes: 100 } });
    const processId = await hub.until(() => {
      const text = (hub.framesOf("answer", "pi-1").at(-1)?.body as { text?: string } | undefined)?.text ?? "";
      if (text === "") ask();
      return text === "" ? undefined : Number(text);
    }, "its process id");
    const state = () => /\) (\w) /.exec(readFileSync(`/proc/${processId}/stat`, "latin1"))?.[1];
    await simulation.set("pi-1", { frozen: true });
    // A shell that is stopped while its child has not yet become another program waits for that child, which is stopped as well.
    await vi.waitFor(() => expect(state()).toMatch(/^[TD]$/), { timeout: 10_000 });
    await simulation.set("pi-1", { frozen: false });
    await vi.waitFor(() => expect(state()).not.toBe("T"), { timeout: 10_000 });
  });

  it("ends with everything its devices run when its parent lets go of it", async () => {
    const { hub, simulation } = await start({ "pi-1": pi });
    hub.send("pi-1", { type: "assign", execution: executionOf("s1.1", ["sleep", "600"]) });
    await hub.until(() => hub.reportsOf("s1.1").some(({ status }) => status === "running"), "it runs");
    await simulation.stop();
    expect(await hub.finished("s1.1")).toMatchObject({ outcome: "interrupted" });
    await expect(simulation.world("pi-1")).rejects.toThrow("the simulation has ended");
  });

  it("runs real commands for a device and remembers them across a restart of the simulation", async () => {
    const folder = await mkdtemp(join(tmpdir(), "fogline-simulation-test-"));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const { hub, simulation } = await start({ "pi-1": pi }, folder);
    const file = join(folder, "lines");
    const execution = executionOf("t1.1", ["sh", "-c", `echo "$FOGLINE_NODE_ID $FOGLINE_SIMULATED" >> ${file}`]);
    hub.send("pi-1", { type: "assign", execution });
    await hub.finished("t1.1");
    await simulation.stop();
    const again = await startSimulation({ hubUrl: hub.url, dataFolder: folder, devices: [{ id: "pi-1", hardware: pi }] });
    closers.push(() => again.stop());
    await hub.until(() => hub.framesOf("hello", "pi-1").length === 2 && hub.connected("pi-1"), "the second hello");
    hub.send("pi-1", { type: "assign", execution });
    hub.send("pi-1", { type: "assign", execution: executionOf("t2.1", ["true"]) });
    await hub.finished("t2.1");
    expect(await readFile(file, "utf8")).toBe("pi-1 true\n");
  });

  it("takes devices in and lets them go while it runs, and says what cannot be", async () => {
    const { hub, simulation } = await start({ "pi-1": pi });
    await simulation.add(device(hub, "phone-1", phone));
    await later(hub, "phone-1", 1);
    expect(simulation.devices).toEqual(["pi-1", "phone-1"]);
    await expect(simulation.add(device(hub, "pi-1"))).rejects.toThrow('device "pi-1" is simulated already');
    await simulation.set("pi-1", { frozen: true });
    await simulation.remove("pi-1");
    expect(simulation.descriptions).toMatchObject([{ id: "phone-1", hardware: phone }]);
    await hub.until(() => !hub.connected("pi-1"), "pi-1 is gone");
    await expect(simulation.remove("pi-1")).rejects.toThrow('no simulated device "pi-1"');
    await later(hub, "phone-1", 1);
  });

  it("keeps database and identity of a device that is described anew, and none of a device that left, also while nothing ran", async () => {
    const folder = await mkdtemp(join(tmpdir(), "fogline-simulation-test-"));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const { hub, simulation } = await start({ "pi-1": pi, "pi-2": pi, "pi-3": pi }, folder);
    const stores = () => readdirSync(folder).filter((name) => /\.(db|identity\.json)$/.test(name));
    const of = (...ids: string[]) => ids.flatMap((id) => [`${id}.db`, `${id}.identity.json`]);
    await simulation.remove("pi-1", { keepStore: true });
    await simulation.remove("pi-2");
    expect(stores().toSorted()).toEqual(of("pi-1", "pi-3"));
    await simulation.stop();
    const again = await startSimulation({ hubUrl: hub.url, dataFolder: folder, devices: [{ id: "pi-3", hardware: pi }] });
    closers.push(() => again.stop());
    expect(stores()).toEqual(of("pi-3"));
  });

  it("loses a device's link without a goodbye, and finds it again", async () => {
    const { hub, simulation } = await start({ "pi-1": pi });
    await simulation.set("pi-1", { linkUp: false });
    const frames = hub.frames.length;
    expect(hub.connected("pi-1")).toBe(true);
    expect((await simulation.world("pi-1")).linkUp).toBe(false);
    expect(hub.frames.length).toBe(frames);
    await simulation.set("pi-1", { linkUp: true, networkLatencyMs: 20 });
    await hub.until(() => hub.framesOf("hello", "pi-1").length === 2, "the second hello");
    await hub.until(() => hub.framesOf("heartbeat", "pi-1").at(-1)?.state.networkLatencyMs === 20, "the latency");
  });
});
