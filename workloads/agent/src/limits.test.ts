import { afterEach, describe, expect, it } from "vitest";
import { sqliteStore } from "./store.ts";
import { executionOf } from "./testing/hub.ts";
import { openDevice } from "./testing/limits.ts";

const stopping: (() => Promise<void>)[] = [];
const open = async (...parts: Parameters<typeof openDevice>) => {
  const device = await openDevice(...parts);
  stopping.push(async () => {
    const stopped = device.agent.stop("test over");
    await device.pass(5_000);
    await stopped;
  });
  return device;
};
afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop();
});
const gibibyte = 1024 ** 3;

describe("a device above its limits", () => {
  it("accepts executions, which wait and start when it is below again", async () => {
    const { assign, looks, pass, started, running, end, agent, lines, latest } = await open();
    await assign("t1.1");
    expect(started).toEqual(["t1.1"]);
    await looks({ memoryAvailableBytes: gibibyte / 2 }, 2);
    await assign("t2.1", "t3.1");
    await pass(60_000);
    expect(running()).toEqual(["t1.1"]);
    expect(latest().sent.flatMap((frame) => (frame.type === "report" ? [`${frame.report.executionId} ${frame.report.status}`] : []))).toContain(
      "t3.1 accepted",
    );
    expect(agent.figures().executions).toMatchObject({ running: 1, waiting: 2, heldBackBy: "memory-limit" });
    expect(lines).toContain("executions wait for the device: memory is 93.8 % used, the limit is 85 %");
    await looks({}, 1);
    expect(started).toEqual(["t1.1", "t2.1", "t3.1"]);
    expect(agent.figures().executions.heldBackBy).toBeNull();
    end("t1.1");
    await pass(0);
  });

  it("ends nothing that runs, and what ends lets the next one start: a device that is busy with its own work never waits for itself", async () => {
    const { assign, looks, pass, started, running, end } = await open();
    await assign("t1.1");
    await looks({ cpuPercent: 100 }, 15);
    await assign("t2.1", "t3.1");
    await pass(120_000);
    expect(running()).toEqual(["t1.1"]);
    end("t1.1");
    await pass(0);
    expect(started).toEqual(["t1.1", "t2.1"]);
    end("t2.1");
    await pass(0);
    expect(started).toEqual(["t1.1", "t2.1", "t3.1"]);
  });

  it("runs one execution of ours although others keep its CPU busy all the time", async () => {
    const { assign, looks, started } = await open();
    await looks({ cpuPercent: 100 }, 60);
    await assign("t1.1");
    expect(started).toEqual(["t1.1"]);
  });

  it("starts nothing new in critical power mode, says so, and lets what runs go on", async () => {
    const { assign, looks, pass, started, running, agent, lines, latest } = await open();
    await assign("t1.1");
    await looks({ batteryPercent: 8 }, 2);
    await assign("t2.1");
    await pass(60_000);
    expect(running()).toEqual(["t1.1"]);
    expect(lines).toContain("critical power mode: nothing new starts: battery 8 %, charging; limit 10 %");
    expect(latest().sent.findLast((frame) => frame.type === "heartbeat")).toMatchObject({ state: { powerMode: "critical" } });
    expect(agent.figures()).toMatchObject({ power: { batterySaves: 1, policyAdaptations: 1 }, executions: { heldBackBy: "power-critical" } });
    await looks({ batteryPercent: 50 }, 1);
    expect(started).toEqual(["t1.1", "t2.1"]);
  });

  it("takes the thresholds and limits that it is given", async () => {
    const { assign, looks, pass, started } = await open({ criticalCelsius: 90, hotCelsius: 80, memoryPercentMax: 50 });
    await looks({ temperatureCelsius: 85 }, 1);
    await assign("t1.1");
    expect(started).toEqual(["t1.1"]);
    await looks({ memoryAvailableBytes: 3 * gibibyte }, 1);
    await assign("t2.1");
    await looks({ temperatureCelsius: 90 }, 1);
    expect(started).toEqual(["t1.1"]);
    await looks({}, 1);
    await pass(0);
    expect(started).toEqual(["t1.1", "t2.1"]);
  });

  it("lets an execution that waits be cancelled", async () => {
    const { assign, looks, started, agent, latest, pass } = await open();
    await looks({ storageFreeBytes: 0 }, 1);
    await assign("t1.1");
    latest().say({ type: "cancel", executionId: "t1.1", reason: "moved" });
    await pass(0);
    expect(started).toEqual([]);
    expect(agent.figures().executions).toMatchObject({ waiting: 0, cancelled: 1 });
  });

  it("keeps what waits through a restart of the agent", async () => {
    const store = sqliteStore(":memory:", 1);
    const execution = executionOf("t1.1", ["work"]);
    store.accept(execution, { executionId: "t1.1", taskId: "t1", status: "accepted", atMs: 1 });
    const { started, pass, agent } = await open({}, store);
    await pass(0);
    expect(started).toEqual(["t1.1"]);
    expect(agent.figures().executions.running).toBe(1);
  });
});
