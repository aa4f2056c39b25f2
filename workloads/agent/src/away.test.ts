import { virtualClock } from "@fogline/fakes";
import { describe, expect, it } from "vitest";
import { createOutbox } from "./outbox.ts";
import { acceptedReport, finishedReport } from "./reports.ts";
import { sqliteStore } from "./store.ts";
import { executionOf } from "./testing/hub.ts";
import { openDevice } from "./testing/limits.ts";

const hourMs = 3_600_000;
/** What a frame of this size takes on the wire: headers of WebSocket, TLS, TCP and IP, and the acknowledgement of its segment. */
const wireBytes = (text: string): number => Buffer.byteLength(text) + 8 + 29 + 2 * 52;

describe("an agent without the hub", () => {
  it("works on for more than a day: what waits starts and ends, and everything is told when the hub is back, as one outage", async () => {
    const device = await openDevice();
    await device.assign("t1.1", "t2.1", "t3.1", "t4.1", "t5.1");
    device.latest().drop();
    for (let hour = 1; hour <= 25; hour += 1) {
      await device.clock.advance(hourMs);
      const [next] = device.running();
      if (next !== undefined) device.end(next);
      while (device.latest().closedBecause === undefined) device.latest().drop();
    }
    await device.clock.advance(0);
    expect(device.started).toEqual(["t1.1", "t2.1", "t3.1", "t4.1", "t5.1"]);
    expect(device.metrics()).toMatchObject({ completedTasks: 5, activeTasks: 0, queuedTasks: 0, pendingReports: 5, offline: { outages: 1 } });
    while (device.latest().closedBecause !== undefined) await device.clock.advance(100);
    device.latest().welcome();
    const told = device.latest().sent.flatMap((frame) => (frame.type === "report" ? [`${frame.report.executionId} ${frame.report.status}`] : []));
    expect(told).toEqual(["t1.1 finished", "t2.1 finished", "t3.1 finished", "t4.1 finished", "t5.1 finished"]);
    expect(device.metrics().offline).toMatchObject({ outages: 1, tasksFinished: 5 });
    expect(device.metrics().offline.longestMs).toBeGreaterThanOrEqual(25 * hourMs);
    const stopped = device.agent.stop("test over");
    await device.pass(5_000);
    await stopped;
    // Every second of the day is looked at, one after the other.
  }, 60_000);

  it("has told all that it may hold within a minute after the hub is back", async () => {
    const store = sqliteStore(":memory:", 1, "process");
    const end = { outcome: "exited", exitCode: 0, signal: null, stdout: "", stderr: "", outputTruncated: false } as const;
    const resultsMax = 10_000;
    for (let index = 0; index < resultsMax; index += 1) {
      const execution = executionOf(`t${index}.1`, ["true"]);
      store.accept(execution, acceptedReport(execution, 0));
      store.finish(finishedReport(execution, 1, undefined, end), "");
    }
    const clock = virtualClock(0);
    const outbox = createOutbox(store, clock);
    let newest = 0;
    const send = (text: string) => {
      newest = (JSON.parse(text) as { sequence: number }).sequence;
    };
    outbox.open({ send, ping: () => undefined, close: () => undefined }, 0);
    // A hub that is 100 ms away.
    for (let passedMs = 0; passedMs < 60_000 && store.pendingCount() > 0; passedMs += 100) {
      const arrived = newest;
      await clock.advance(100);
      outbox.acknowledge(arrived);
    }
    expect(store.pendingCount()).toBe(0);
    store.close();
  });
});

describe("an agent that has nothing to do", () => {
  it("causes less than 10 MB an hour of traffic, with its figures in every heartbeat and the hub's pings", async () => {
    const device = await openDevice();
    let bytes = 0;
    for (let second = 0; second < 3_600; second += 2) {
      const ping = { type: "ping", id: second } as const;
      bytes += wireBytes(JSON.stringify(ping));
      device.latest().say(ping);
      await device.clock.advance(2_000);
    }
    const { sent } = device.latest();
    for (const frame of sent) bytes += wireBytes(JSON.stringify(frame));
    expect(sent.filter(({ type }) => type === "heartbeat").length).toBeGreaterThan(100);
    expect(bytes).toBeLessThan(10_000_000);
    const stopped = device.agent.stop("test over");
    await device.pass(5_000);
    await stopped;
  });
});
