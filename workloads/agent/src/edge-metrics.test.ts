import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EdgeMetrics } from "@fogline/contracts/device";
import { virtualClock } from "@fogline/fakes";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { createEdgeMeter } from "./edge-metrics.ts";
import { followOutages } from "./outages.ts";
import type { Store, Traffic } from "./ports.ts";
import { acceptedReport, finishedReport } from "./reports.ts";
import { judged } from "./sampler.ts";
import { sqliteStore } from "./store.ts";
import { executionOf } from "./testing/hub.ts";
import { calmReading, openDevice } from "./testing/limits.ts";

const gibibyte = 1024 ** 3;
const quiet = { info: () => undefined, warn: () => undefined };
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const open = async (...parts: Parameters<typeof openDevice>) => {
  const device = await openDevice(...parts);
  closing.push(async () => {
    const stopped = device.agent.stop("test over");
    await device.pass(5_000);
    await stopped;
  });
  return device;
};

/** A meter alone, whose device and traffic the test holds in its hand. */
const meterOf = (startMs = 1_700_000_000_000) => {
  const clock = virtualClock(startMs);
  const store = sqliteStore(":memory:", 1);
  const world: { traffic: Traffic | undefined } = { traffic: undefined };
  const outages = followOutages(store, clock, quiet);
  const device = { memoryBytes: 8 * gibibyte, storageBytes: 100 * gibibyte };
  const meter = createEdgeMeter({ clock, store, outages, device, traffic: () => world.traffic });
  const metrics = (reading: Partial<typeof calmReading> = {}) =>
    meter.metrics({ state: judged({ ...calmReading, ...reading }, clock.now()), running: 0, waiting: 0, lastContactMs: null });
  return { clock, store, world, outages, meter, metrics };
};

describe("what an agent says of itself", () => {
  it("goes with hello, heartbeat and sample, and fits the contract", async () => {
    const { latest, pass, agent } = await open();
    latest().say({ type: "settings", settings: { heartbeatMs: 30_000, sampleMs: 1_000, tasksMax: 4 } });
    await pass(5_000);
    for (const type of ["hello", "heartbeat", "sample"] as const) {
      const frame = latest().sent.find((sent) => sent.type === type);
      expect(EdgeMetrics.safeParse(frame !== undefined && "metrics" in frame ? frame.metrics : undefined)).toMatchObject({ success: true });
    }
    expect(agent.figures().metrics).toMatchObject({ agentUptimeMs: 5_000, cpuPercent: 5, memoryPercent: 25, storagePercent: 50 });
  });

  it("counts what runs, waits, completed and failed, and leaves out what was cancelled", async () => {
    const { assign, end, latest, pass, metrics } = await open();
    await assign("t1.1", "t2.1", "t3.1", "t4.1", "t5.1");
    expect(metrics()).toMatchObject({ activeTasks: 4, queuedTasks: 1, completedTasks: 0, failedTasks: 0 });
    end("t1.1");
    end("t2.1", { exitCode: 3 });
    latest().say({ type: "cancel", executionId: "t3.1", reason: "not wanted" });
    await pass(0);
    expect(metrics()).toMatchObject({ activeTasks: 2, queuedTasks: 0, completedTasks: 1, failedTasks: 1, tasksPerMinute: 0.6 });
  });

  it("knows the mean of the decisions, whether an execution started or waits", async () => {
    const { assign, looks, metrics } = await open();
    expect(metrics().decisionLatencyMs).toBeNull();
    await assign("t1.1");
    await looks({ batteryPercent: 5 }, 2);
    await assign("t2.1", "t3.1");
    // The virtual clock stands still while the agent decides.
    expect(metrics()).toMatchObject({ decisionLatencyMs: 0, activeTasks: 1, queuedTasks: 2 });
  });

  it("takes the mean of the last hundred decisions alone", () => {
    const { meter, metrics } = meterOf();
    meter.decided(1_000_000);
    for (let decision = 0; decision < 50; decision += 1) meter.decided(2);
    for (let decision = 0; decision < 50; decision += 1) meter.decided(4);
    expect(metrics().decisionLatencyMs).toBe(3);
  });

  it("counts the tasks of the last five minutes and forgets older ones", async () => {
    const { clock, meter, metrics } = meterOf();
    for (let task = 0; task < 10; task += 1) meter.finished();
    await clock.advance(240_000);
    for (let task = 0; task < 5; task += 1) meter.finished();
    expect(metrics().tasksPerMinute).toBe(3);
    await clock.advance(70_000);
    expect(metrics().tasksPerMinute).toBe(1);
    await clock.advance(300_000);
    expect(metrics().tasksPerMinute).toBe(0);
  });

  it("knows how often an image was there already, and null before anybody asked for one", async () => {
    const { latest, pass, metrics } = await open();
    const run = async (id: string, image?: string) => {
      latest().say({ type: "assign", execution: executionOf(id, ["work"], image === undefined ? {} : { image }) });
      await pass(0);
    };
    await run("t1.1");
    expect(metrics().cacheHitRatio).toBeNull();
    await run("t2.1", "alpine:3");
    expect(metrics().cacheHitRatio).toBe(0);
    await run("t3.1", "alpine:3");
    expect(metrics().cacheHitRatio).toBe(0.5);
  });

  it("compares the busier direction of the traffic with the speed of the link, once there are two readings", async () => {
    const { clock, world, metrics } = meterOf();
    world.traffic = { receivedBytes: 1_000_000, sentBytes: 0 };
    expect(metrics({ networkBandwidthMbps: 100 }).networkPercent).toBeNull();
    await clock.advance(10_000);
    // 12.5 MB in ten seconds are a tenth of 100 Mbit/s; half as much went out.
    world.traffic = { receivedBytes: 13_500_000, sentBytes: 6_250_000 };
    expect(metrics({ networkBandwidthMbps: 100 }).networkPercent).toBe(10);
    await clock.advance(10_000);
    expect(metrics({ networkBandwidthMbps: null }).networkPercent).toBeNull();
    await clock.advance(10_000);
    world.traffic = { receivedBytes: 0, sentBytes: 0 };
    expect(metrics({ networkBandwidthMbps: 100 }).networkPercent).toBeNull();
    world.traffic = undefined;
    await clock.advance(10_000);
    expect(metrics({ networkBandwidthMbps: 100 }).networkPercent).toBeNull();
  });

  it("stays within its bounds whatever the sensors say", async () => {
    const bytes = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    const reading = fc.record({
      cpuPercent: fc.double({ min: 0, max: 100, noNaN: true }),
      memoryAvailableBytes: bytes,
      storageFreeBytes: bytes,
      networkBandwidthMbps: fc.option(fc.double({ min: 0, max: 400_000, noNaN: true })),
    });
    await fc.assert(
      fc.asyncProperty(reading, bytes, bytes, async (read, first, second) => {
        const { clock, world, metrics } = meterOf();
        world.traffic = { receivedBytes: first, sentBytes: second };
        metrics(read);
        await clock.advance(1_000);
        world.traffic = { receivedBytes: second, sentBytes: first };
        expect(EdgeMetrics.safeParse(metrics(read)).error).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });
});

describe("the times without the hub", () => {
  const away = (device: Awaited<ReturnType<typeof openDevice>>, ms: number) => {
    device.latest().drop();
    return device.clock.advance(ms);
  };
  /** Lets an attempt come, and welcomes it. */
  const comeBack = async ({ clock, latest, attempts }: Awaited<ReturnType<typeof openDevice>>) => {
    const before = attempts.length;
    while (attempts.length === before || latest().closedBecause !== undefined) await clock.advance(100);
    latest().welcome();
  };

  it("are none while the hub is there, and none for the short time that a start takes", async () => {
    const { pass, metrics } = await open();
    await pass(60_000);
    expect(metrics().offline).toEqual({ outages: 0, totalMs: 0, longestMs: 0, lastEndedAtMs: null, tasksFinished: 0 });
    expect(metrics().lastSyncAtMs).toBe(1_700_000_060_000);
  });

  it("count once each, with the longest, the last end, and what finished meanwhile; the one that goes on counts already", async () => {
    const device = await open();
    await device.assign("t1.1", "t2.1");
    await device.pass(5_000);
    await away(device, 0);
    device.end("t1.1");
    await device.clock.advance(0);
    expect(device.metrics().offline).toMatchObject({ outages: 1, totalMs: 0, lastEndedAtMs: null, tasksFinished: 1 });
    await comeBack(device);
    const first = device.metrics().offline;
    expect(first).toMatchObject({ outages: 1, tasksFinished: 1, lastEndedAtMs: device.clock.now() });
    device.end("t2.1");
    await device.pass(10_000);
    expect(device.metrics().offline).toEqual(first);
    expect(first.totalMs).toBe(first.longestMs);
    expect(device.metrics()).toMatchObject({ completedTasks: 2, pendingReports: 2 });
  });

  it("last from the first failed try when the hub is not there at the start", async () => {
    const device = await open({}, sqliteStore(":memory:", 1), virtualClock(1_000_000), false);
    device.latest().drop();
    await device.clock.advance(0);
    expect(device.metrics().offline).toMatchObject({ outages: 1, totalMs: 0 });
    expect(device.metrics().lastSyncAtMs).toBeNull();
    device.attempts.at(-1)?.drop();
    await comeBack(device);
    expect(device.metrics().offline).toMatchObject({ outages: 1, lastEndedAtMs: device.clock.now(), totalMs: device.clock.now() - 1_000_000 });
  });

  it("go on over a restart of the agent: a long outage across one counts once, whole", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fogline-outage-"));
    closing.push(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "agent.db");
    const clock = virtualClock(1_700_000_000_000);
    const before = await openDevice({}, sqliteStore(path, 1), clock);
    await before.assign("t1.1");
    before.end("t1.1");
    await before.pass(5_000);
    const lostAtMs = clock.now();
    before.latest().drop();
    // The process dies here: nothing of it is closed, and its timers stay behind with the clock that it had.
    const later = virtualClock(lostAtMs + 7_200_000);
    const after = await open({}, sqliteStore(path, 1), later, false);
    expect(after.metrics()).toMatchObject({ completedTasks: 1, agentUptimeMs: 0, lastSyncAtMs: lostAtMs });
    expect(after.metrics().offline).toMatchObject({ outages: 1, totalMs: 7_200_000, longestMs: 7_200_000, lastEndedAtMs: null });
    after.latest().drop();
    await later.advance(0);
    await comeBack(after);
    const lastedMs = later.now() - lostAtMs;
    expect(after.metrics().offline).toEqual({ outages: 1, totalMs: lastedMs, longestMs: lastedMs, lastEndedAtMs: later.now(), tasksFinished: 0 });
  });

  it("are not begun by an agent that stops in order", async () => {
    const store = sqliteStore(":memory:", 1);
    const kept: Store = { ...store, close: () => undefined };
    const device = await openDevice({}, kept);
    const stopped = device.agent.stop("maintenance");
    await device.pass(5_000);
    await stopped;
    expect(store.totals().awaySinceMs).toBeNull();
    store.close();
  });

  it("are measured by the clock that never jumps within a process, and are never negative over a restart", async () => {
    const store = sqliteStore(":memory:", 1);
    const monotonic = virtualClock(0);
    let wallMs = 5_000_000;
    const jumping = { ...monotonic, now: () => wallMs };
    const outages = followOutages(store, jumping, quiet);
    outages.lost(null);
    await monotonic.advance(60_000);
    wallMs = 900_000_000;
    expect(outages.ending()).toEqual({ endedAtMs: 900_000_000, lastedMs: 60_000 });
    outages.lost(null);
    store.resume(0, { endedAtMs: wallMs, lastedMs: 60_000 });
    outages.lost(null);
    const restarted = followOutages(store, jumping, quiet);
    wallMs = 1_000_000;
    await monotonic.advance(30_000);
    expect(restarted.statistics()).toMatchObject({ outages: 2, totalMs: 90_000, longestMs: 60_000 });
  });

  it("do not keep an agent from coming back when the disk takes nothing", () => {
    const store: Store = {
      ...sqliteStore(":memory:", 1),
      lost: () => {
        throw new Error("database or disk is full");
      },
    };
    const lines: string[] = [];
    const outages = followOutages(store, virtualClock(0), { info: () => undefined, warn: (message) => void lines.push(message) });
    outages.lost(null);
    expect(lines).toEqual(["the loss of the hub could not be journaled"]);
    expect(outages.ending()).toBeUndefined();
  });
});

describe("totals", () => {
  it("are kept with what they count, and survive a crash", () => {
    const folder = mkdtempSync(join(tmpdir(), "fogline-totals-"));
    closing.push(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "agent.db");
    const store = sqliteStore(path, 1);
    const end = { outcome: "exited", exitCode: 0, signal: null, stdout: "", stderr: "", outputTruncated: false } as const;
    for (const [id, exitCode] of [
      ["a.1", 0],
      ["b.1", 1],
    ] as const) {
      const execution = executionOf(id, ["work"]);
      store.accept(execution, acceptedReport(execution, 1));
      store.finish(finishedReport(execution, 2, undefined, { ...end, exitCode }), "");
    }
    store.lost(50, 40);
    // Not closed: the next one finds the files as a crash leaves them.
    const again = sqliteStore(path, 1);
    expect(again.totals()).toMatchObject({ completed: 1, failed: 1, outages: 0, awaySinceMs: 50, lastSyncAtMs: 40 });
    again.resume(0, { endedAtMs: 90, lastedMs: 40 });
    expect(again.totals()).toMatchObject({ outages: 1, outagesMs: 40, longestOutageMs: 40, lastOutageEndedAtMs: 90, awaySinceMs: null });
    again.close();
    store.close();
  });
});
