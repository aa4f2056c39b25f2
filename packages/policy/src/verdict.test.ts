import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admit, builtInPolicies, checkNode, nodePolicies, type Policy, type PolicyNode, type PolicyRule, type PolicyTask } from "./index.ts";

const task: PolicyTask = { cpuCores: 4, memoryBytes: 1024, labels: { data: "personal" } };
const phone: PolicyNode = { id: "phone", residency: "us", memoryFreeBytes: 4096, batteryPercent: 18, charging: false, temperatureCelsius: 70 };
const policy = (name: string, effect: Policy["effect"], rule: PolicyRule): Policy => ({ name, description: name, effect, rule, version: 1 });
const cores = (name: string, effect: Policy["effect"], cpuCoresMax: number) =>
  policy(name, effect, { kind: "resources", cpuCoresMax, memoryBytesMax: 1e9 });
const heat = (name: string, effect: Policy["effect"], celsiusMax: number) => policy(name, effect, { kind: "temperature", celsiusMax });
const names = (refusals: readonly { facts: Record<string, unknown> }[]) => refusals.map(({ facts }) => facts.policy);

describe("a set of policies", () => {
  it("refuses a task by the first that refuses, and tells what those that audit would have refused", () => {
    const verdict = admit([cores("wide", "refuse", 8), cores("told", "audit", 1), cores("tight", "refuse", 2), cores("tighter", "refuse", 1)], task);
    expect(verdict.refusal?.facts.policy).toBe("tight");
    expect(names(verdict.wouldRefuse)).toEqual(["told"]);
    expect(admit([cores("told", "audit", 1)], task).refusal).toBeUndefined();
    expect(admit([], task)).toEqual({ refusal: undefined, wouldRefuse: [] });
  });

  it("refuses a node in the same way", () => {
    const verdict = checkNode(
      [heat("mild", "refuse", 80), heat("told", "audit", 40), heat("cool", "refuse", 65), heat("cold", "refuse", 50)],
      task,
      phone,
    );
    expect(verdict.refusal?.facts.policy).toBe("cool");
    expect(names(verdict.wouldRefuse)).toEqual(["told"]);
  });

  it("gives placement a function for each that refuses, in order", () => {
    const functions = nodePolicies([heat("mild", "refuse", 80), heat("told", "audit", 40), heat("cool", "refuse", 65)]);
    expect(functions.map((check) => check(task, phone)?.facts.policy)).toEqual([undefined, "cool"]);
  });

  it("says the same to placement as when asked about a node", () => {
    const some = fc.array(
      fc
        .tuple(fc.constantFrom("refuse" as const, "audit" as const), fc.integer({ min: 20, max: 100 }))
        .map(([effect, limit]) => heat(`${limit}`, effect, limit)),
    );
    fc.assert(
      fc.property(some, (policies) => {
        const first = nodePolicies(policies)
          .map((check) => check(task, phone))
          .find((refused) => refused !== undefined);
        expect(checkNode(policies, task, phone).refusal).toEqual(first);
      }),
    );
  });
});

describe("the policies that are built in", () => {
  const refusedBy = (has: Partial<PolicyNode>) =>
    checkNode(builtInPolicies, task, { ...phone, temperatureCelsius: 30, ...has }).refusal?.facts.policy;

  it("are mobile-careful, cool and personal-data", () => {
    expect(builtInPolicies.map(({ name, effect, version }) => [name, effect, version])).toEqual([
      ["mobile-careful", "refuse", 1],
      ["cool", "refuse", 1],
      ["personal-data", "audit", 1],
    ]);
    for (const { name, description } of builtInPolicies) {
      expect(name).toMatch(/^[a-z0-9-]{1,63}$/);
      expect(description).toMatch(/\.$/);
    }
  });

  it("leave a device alone that has less than 20 % and does not charge", () => {
    expect(refusedBy({ batteryPercent: 19 })).toBe("mobile-careful");
    expect(refusedBy({ batteryPercent: 20 })).toBeUndefined();
    expect(refusedBy({ batteryPercent: 19, charging: true })).toBeUndefined();
  });

  it("leave a device alone at 65 C", () => {
    expect(refusedBy({ batteryPercent: null, temperatureCelsius: 65 })).toBe("cool");
    expect(refusedBy({ batteryPercent: null, temperatureCelsius: 64.9 })).toBeUndefined();
  });

  it("tell when personal data would leave the European Union, and let it", () => {
    const cool = { ...phone, batteryPercent: null, temperatureCelsius: null };
    expect(names(checkNode(builtInPolicies, task, cool).wouldRefuse)).toEqual(["personal-data"]);
    expect(checkNode(builtInPolicies, task, { ...cool, residency: "eu" }).wouldRefuse).toEqual([]);
    expect(checkNode(builtInPolicies, { ...task, labels: {} }, cool)).toEqual({ refusal: undefined, wouldRefuse: [] });
  });
});
