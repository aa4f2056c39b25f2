import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DevicePlan } from "@fogline/gitops";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DeviceOutcome } from "./device-run.ts";
import { emptyDevice, runPlan } from "./run.ts";
import { nextDevices } from "./schedule.ts";
import { type BootstrapState, type DeviceStanding, readState } from "./state.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fogline-run-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const plan = (device: string, ...after: string[]): DevicePlan => ({
  device,
  role: "agent",
  cluster: "main",
  at: "",
  after,
  stages: [],
  token: "none",
});
const plans = [plan("s-1"), plan("s-2", "s-1"), plan("w-1", "s-1", "s-2"), plan("w-2", "s-1", "s-2"), plan("alone")];
const begun = (standings: Readonly<Record<string, DeviceStanding>>, parallel = 10) => {
  const next = nextDevices(plans, new Map(Object.entries(standings)), parallel);
  return { begin: next.begin.map(({ device }) => device), blocked: next.blocked.map(({ plan: { device }, by }) => `${device} by ${by}`) };
};
const all = (standing: DeviceStanding) => Object.fromEntries(plans.map(({ device }) => [device, standing]));

describe("what begins next", () => {
  it("is what waits for nobody, as much of it as there is room for", () => {
    expect(begun(all("waiting"))).toEqual({ begin: ["s-1", "alone"], blocked: [] });
    expect(begun(all("waiting"), 1).begin).toEqual(["s-1"]);
    expect(begun({ ...all("waiting"), "s-1": "running" }, 1).begin).toEqual([]);
  });

  it("is what waited, once all that it waited for is done", () => {
    expect(begun({ ...all("waiting"), "s-1": "done", alone: "done" }).begin).toEqual(["s-2"]);
    expect(begun({ ...all("done"), "w-1": "waiting", "w-2": "waiting" }).begin).toEqual(["w-1", "w-2"]);
  });

  it("is never what waits for one that failed", () => {
    expect(begun({ ...all("waiting"), "s-1": "failed" })).toEqual({ begin: ["alone"], blocked: ["s-2 by s-1", "w-1 by s-1", "w-2 by s-1"] });
  });
});

describe("the run of a plan", () => {
  const run = async (fails: readonly string[], parallel = 10) => {
    const told: string[] = [];
    let [running, most] = [0, 0];
    const first: BootstrapState = {
      ...{ version: 1, run: "r", startedAtMs: 0, options: { check: false, withoutAgent: false, dataDisks: {}, adopt: [] } },
      devices: Object.fromEntries(plans.map(({ device }) => [device, emptyDevice(device, "r")])),
    };
    const last = await runPlan(
      plans,
      first,
      async ({ device }, { onStart }): Promise<DeviceOutcome> => {
        running += 1;
        most = Math.max(most, running);
        onStart(7);
        expect(readState(folder)?.devices[device]).toMatchObject({ standing: "running", group: { pid: 7, began: "0" } });
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return { standing: fails.includes(device) ? "failed" : "done", roles: {}, findings: [] };
      },
      {
        ...{
          folder,
          parallel,
          now: () => 5,
          identify: (processId: number) => ({ pid: processId, began: "0" }),
          signal: new AbortController().signal,
        },
        progress: {
          began: (device) => told.push(`+${device}`),
          event: () => undefined,
          ended: (device, { standing }) => told.push(`${device} ${standing}`),
        },
      },
    );
    return { last, told, most };
  };

  it("sets up servers before what joins them, and writes down each step", async () => {
    const { last, told, most } = await run([]);
    expect(Object.values(last.devices).every(({ standing, group }) => standing === "done" && group === undefined)).toBe(true);
    expect(told.indexOf("s-1 done")).toBeLessThan(told.indexOf("+s-2"));
    expect(told.indexOf("s-2 done")).toBeLessThan(told.indexOf("+w-1"));
    expect(most).toBe(2);
    expect(readState(folder)).toEqual(last);
  });

  it("goes on beside a server that failed, and says who waits for it in vain", async () => {
    const { last } = await run(["s-1"]);
    expect(Object.entries(last.devices).map(([id, { standing }]) => [id, standing])).toEqual([
      ["s-1", "failed"],
      ["s-2", "blocked"],
      ["w-1", "blocked"],
      ["w-2", "blocked"],
      ["alone", "done"],
    ]);
    expect(last.devices["w-1"]?.findings[0]).toMatchObject({
      code: "FL4098",
      message: "w-1 was not begun: it joins main at s-1, which is not set up",
    });
  });

  it("has no more at once than it may", async () => {
    expect((await run([], 1)).most).toBe(1);
  });
});
