import { GIBIBYTE, MEBIBYTE } from "@fogline/units";
import { describe, expect, it } from "vitest";
import { checkNodeByRule, checkTaskByRule, type PolicyNode, type PolicyRule, type PolicyTask } from "./index.ts";

const task: PolicyTask = { cpuCores: 1, memoryBytes: 512 * MEBIBYTE, labels: {} };
const phone: PolicyNode = {
  id: "gate-phone",
  residency: "eu",
  memoryFreeBytes: 2 * GIBIBYTE,
  batteryPercent: 50,
  charging: false,
  temperatureCelsius: 30,
};
const onNode = (rule: PolicyRule, has: Partial<PolicyNode> = {}, wanted: Partial<PolicyTask> = {}) =>
  checkNodeByRule(rule, { ...task, ...wanted }, { ...phone, ...has }, "house-rule");
const alone = (rule: PolicyRule, wanted: Partial<PolicyTask> = {}) => checkTaskByRule(rule, { ...task, ...wanted }, "house-rule");

describe("a battery rule", () => {
  const rule: PolicyRule = { kind: "battery", percentMin: 20, unlessCharging: true };

  it("refuses a device below the charge that does not charge", () => {
    expect(onNode(rule, { batteryPercent: 20 })).toBeUndefined();
    expect(onNode(rule, { batteryPercent: 19 })).toEqual({
      rule: "battery",
      message: "policy house-rule asks for 20 % battery or charging, gate-phone has 19 %, not charging",
      facts: { policy: "house-rule", percentMin: 20, batteryPercent: 19, charging: false },
    });
    expect(onNode(rule, { batteryPercent: 19, charging: null })?.facts.charging).toBeNull();
    expect(onNode(rule, { batteryPercent: 19, charging: true })).toBeUndefined();
  });

  it("can refuse it while it charges, too", () => {
    const message = "policy house-rule asks for 20 % battery, gate-phone has 19 %, charging";
    expect(onNode({ ...rule, unlessCharging: false }, { batteryPercent: 19, charging: true })?.message).toBe(message);
  });

  it("does not hold back a device without a battery, nor a task alone", () => {
    expect(onNode(rule, { batteryPercent: null })).toBeUndefined();
    expect(alone(rule)).toBeUndefined();
  });
});

describe("a temperature rule", () => {
  const rule: PolicyRule = { kind: "temperature", celsiusMax: 65 };

  it("refuses a device at the temperature or above", () => {
    expect(onNode(rule, { temperatureCelsius: 64.9 })).toBeUndefined();
    expect(onNode(rule, { temperatureCelsius: 65 })).toEqual({
      rule: "temperature",
      message: "policy house-rule asks for less than 65 C, gate-phone has 65 C",
      facts: { policy: "house-rule", celsiusMax: 65, temperatureCelsius: 65 },
    });
  });

  it("does not hold back a device without a sensor, nor a task alone", () => {
    expect(onNode(rule, { temperatureCelsius: null })).toBeUndefined();
    expect(alone(rule)).toBeUndefined();
  });
});

describe("a rule about free memory", () => {
  const rule: PolicyRule = { kind: "memory-free", bytesMin: GIBIBYTE };

  it("keeps it free with the task on the node", () => {
    expect(onNode(rule, {}, { memoryBytes: GIBIBYTE })).toBeUndefined();
    expect(onNode(rule, {}, { memoryBytes: GIBIBYTE + 1 })).toEqual({
      rule: "memory-free",
      message: "policy house-rule keeps 1024 MiB free, gate-phone would keep 1023 MiB with the task's 1025 MiB",
      facts: { policy: "house-rule", bytesMin: GIBIBYTE, leftBytes: GIBIBYTE - 1, needsBytes: GIBIBYTE + 1 },
    });
    expect(onNode(rule, {}, { memoryBytes: 4 * GIBIBYTE })?.message).toMatch(/would keep 0 MiB/);
    expect(alone(rule)).toBeUndefined();
  });
});

describe("a residency rule", () => {
  const rule: PolicyRule = { kind: "residency", residency: "eu", labels: { data: "personal", team: "a" } };
  const personal = { labels: { data: "personal", team: "a", other: "x" } };

  it("lets tasks with all of its labels run only in the residency", () => {
    expect(onNode(rule, {}, personal)).toBeUndefined();
    expect(onNode(rule, { residency: "us" }, personal)).toEqual({
      rule: "residency",
      message: "policy house-rule keeps tasks with data=personal, team=a in eu, gate-phone is in us",
      facts: { policy: "house-rule", residency: "eu", has: "us" },
    });
    expect(onNode(rule, { residency: null }, personal)?.message).toMatch(/gate-phone is in no declared residency$/);
  });

  it("does not concern tasks that lack a label or have another value", () => {
    for (const labels of [{}, { data: "personal" }, { data: "personal", team: "b" }]) {
      expect(onNode(rule, { residency: "us" }, { labels })).toBeUndefined();
      expect(alone(rule, { labels, residency: "us" })).toBeUndefined();
    }
  });

  it("concerns every task when it names no label", () => {
    const message = "policy house-rule keeps tasks with every label in eu, gate-phone is in us";
    expect(onNode({ ...rule, labels: {} }, { residency: "us" })?.message).toBe(message);
  });

  it("refuses a task at once that asks for another residency", () => {
    expect(alone(rule, { ...personal, residency: "us" })).toEqual({
      rule: "residency",
      message: "policy house-rule keeps tasks with data=personal, team=a in eu, task asks for us",
      facts: { policy: "house-rule", residency: "eu", asked: "us" },
    });
    expect(alone(rule, { ...personal, residency: "eu" })).toBeUndefined();
    expect(alone(rule, personal)).toBeUndefined();
  });
});

describe("an image registry rule", () => {
  const rule: PolicyRule = { kind: "image-registry", allowed: ["ghcr.io/acme", "quay.io"] };

  it("allows images from what it lists, and tasks without image", () => {
    for (const image of ["ghcr.io/acme/api:2", "quay.io/any/thing", undefined]) expect(alone(rule, { image })).toBeUndefined();
    expect(alone(rule, { image: "nginx:1.29" })).toEqual({
      rule: "image-registry",
      message: "policy house-rule allows images from ghcr.io/acme, quay.io, task wants nginx:1.29",
      facts: { policy: "house-rule", image: "nginx:1.29", allowed: "ghcr.io/acme quay.io" },
    });
    expect(onNode(rule, {}, { image: "nginx:1.29" })).toBeUndefined();
  });
});

describe("a rule about resources", () => {
  const rule: PolicyRule = { kind: "resources", cpuCoresMax: 2, memoryBytesMax: GIBIBYTE };

  it("allows exactly as much as it says", () => {
    expect(alone(rule, { cpuCores: 2, memoryBytes: GIBIBYTE })).toBeUndefined();
    expect(alone(rule, { cpuCores: 2.1 })).toEqual({
      rule: "resources",
      message: "policy house-rule allows 2 CPU cores a task, task wants 2.1",
      facts: { policy: "house-rule", cpuCoresMax: 2, needsCores: 2.1 },
    });
    expect(alone(rule, { memoryBytes: GIBIBYTE + 1 })).toEqual({
      rule: "resources",
      message: "policy house-rule allows 1024 MiB a task, task wants 1025 MiB",
      facts: { policy: "house-rule", memoryBytesMax: GIBIBYTE, needsBytes: GIBIBYTE + 1 },
    });
    expect(onNode(rule, {}, { cpuCores: 99 })).toBeUndefined();
  });
});
