import { GIBIBYTE, MEBIBYTE } from "@fogline/units";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { moveCause, planMove, profiles, without, worthMoving } from "./index.ts";
import { anyFleet, anyTask, node, task } from "./samples.ts";

const hot = node({ id: "here", thermalState: "hot", temperatureCelsius: 57.2 });

describe("the cause of a move", () => {
  it("is draining before heat before a low battery", () => {
    const low = { batteryPowered: true, batteryPercent: 10, charging: false };
    expect(moveCause(node({ ...low, draining: true, thermalState: "hot" }))?.cause).toBe("draining");
    expect(moveCause(node({ ...low, thermalState: "hot" }))?.cause).toBe("thermal");
    expect(moveCause(node(low))?.cause).toBe("battery");
    expect(moveCause(node())).toBeUndefined();
  });

  it("is heat from hot on", () => {
    expect(moveCause(node({ thermalState: "hot", temperatureCelsius: 57.2 }))?.says).toBe("pi-3 is hot at 57 C");
    expect(moveCause(node({ thermalState: "critical", temperatureCelsius: null }))?.says).toBe("pi-3 is critical");
    for (const thermalState of ["normal", "warm", "unknown"] as const) expect(moveCause(node({ thermalState }))).toBeUndefined();
  });

  it("is a battery of at most 20 % that does not charge", () => {
    const battery = { batteryPowered: true, batteryPercent: 20, charging: false };
    expect(moveCause(node(battery))?.says).toBe("pi-3 has 20 % battery and does not charge");
    expect(moveCause(node({ ...battery, charging: null }))?.cause).toBe("battery");
    expect(moveCause(node({ ...battery, batteryPercent: 21 }))).toBeUndefined();
    expect(moveCause(node({ ...battery, charging: true }))).toBeUndefined();
    expect(moveCause(node({ ...battery, batteryPercent: null }))).toBeUndefined();
    expect(moveCause(node({ ...battery, batteryPowered: false }))).toBeUndefined();
  });
});

describe("a running task moves", () => {
  it("only when the best scores at least 1.5 times as much", () => {
    expect(worthMoving({ node: hot, score: 20 }, { node: "there", score: 29.9 })).toBeUndefined();
    expect(worthMoving({ node: hot, score: 20 }, { node: "there", score: 30 })).toEqual({
      from: "here",
      to: "there",
      cause: "thermal",
      reason: "here is hot at 57 C; there scores 30.0, here 20.0",
    });
    expect(worthMoving({ node: hot, score: 20 }, { node: "there", score: 39 }, { factor: 2 })).toBeUndefined();
    expect(worthMoving({ node: hot, score: 20 }, { node: "there", score: 40 }, { factor: 2 })?.to).toBe("there");
  });

  it("only with a cause, and only to another node", () => {
    expect(worthMoving({ node: node({ id: "here" }), score: 1 }, { node: "there", score: 100 })).toBeUndefined();
    expect(worthMoving({ node: hot, score: 1 }, undefined)).toBeUndefined();
    expect(worthMoving({ node: hot, score: 1 }, { node: "here", score: 100 })).toBeUndefined();
    expect(worthMoving({ node: hot, score: 0 }, { node: "there", score: 0 })).toBeUndefined();
  });

  it("away from a draining node to anything that scores", () => {
    const draining = node({ id: "here", draining: true });
    expect(worthMoving({ node: draining, score: 90 }, { node: "there", score: 1 })).toMatchObject({ cause: "draining", to: "there" });
    expect(worthMoving({ node: draining, score: 90 }, { node: "there", score: 0 })).toBeUndefined();
  });
});

describe("planning a move", () => {
  it("moves a task away from heat, and does not when heat is left out of the score", () => {
    const nodes = [hot, node({ id: "there" })];
    for (const name of ["fog", "tiers"] as const) {
      expect(planMove(task, nodes, "here", { profile: name })).toMatchObject({ from: "here", to: "there", cause: "thermal" });
      expect(planMove(task, nodes, "here", { profile: without(profiles[name], "heat") })).toBeUndefined();
    }
  });

  it("leaves a task alone on a node that is fine, or that is not known", () => {
    expect(planMove(task, [node({ id: "here", cpuCoresFree: 0, memoryFreeBytes: 0 }), node({ id: "there" })], "here")).toBeUndefined();
    expect(planMove(task, [node({ id: "there" })], "gone")).toBeUndefined();
  });

  it("counts the node as if it did not hold the task", () => {
    const wanted = { ...task, cpuCores: 2, memoryBytes: 6 * GIBIBYTE, gpu: true };
    const full = {
      gpus: 1,
      gpusFree: 0,
      cpuCoresFree: 2,
      cpuCoresIdle: 1,
      memoryFreeBytes: 0,
      tasks: 1,
      batteryPowered: true,
      batteryPercent: 5,
      charging: false,
    };
    const equal = { gpus: 1, gpusFree: 1, cpuCoresFree: 4, cpuCoresIdle: 3, memoryFreeBytes: 6 * GIBIBYTE, batteryPowered: true, batteryPercent: 90 };
    const move = planMove(wanted, [node({ id: "here", ...full }), node({ id: "there", ...equal })], "here", { factor: 1 });
    expect(move?.reason).toMatch(/there scores ([\d.]+), here \1$/);
    expect(planMove(wanted, [node({ id: "here", ...full }), node({ id: "there", ...equal })], "here")).toBeUndefined();
  });

  it("never counts more than a node has", () => {
    const whole = { cpuCores: 4, cpuCoresFree: 4, cpuCoresIdle: 4, memoryBytes: GIBIBYTE, memoryFreeBytes: GIBIBYTE };
    const here = node({ id: "here", ...whole, batteryPowered: true, batteryPercent: 5 });
    const there = node({ id: "there", ...whole, batteryPowered: true, batteryPercent: 90 });
    expect(planMove({ ...task, memoryBytes: MEBIBYTE }, [here, there], "here", { factor: 1 })?.reason).toMatch(/there scores ([\d.]+), here \1$/);
  });

  it("always leads from the node to another candidate", () => {
    fc.assert(
      fc.property(anyTask, anyFleet, (wanted, fleet) => {
        for (const { id } of fleet) {
          const move = planMove(wanted, fleet, id);
          if (move === undefined) continue;
          expect(move.from).toBe(id);
          expect(fleet.some((found) => found.id === move.to && found.id !== id && found.status === "online")).toBe(true);
        }
      }),
    );
  });
});
