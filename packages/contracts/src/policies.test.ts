import { describe, expect, it } from "vitest";
import { AuditEntry, admitTask, listAudit, listPolicies, Policy, PolicyRule, policiesChanged, putPolicy, removePolicy } from "./policies.ts";
import { absent, type FieldTable, faults } from "./testing/fields.ts";
import {
  between,
  countable,
  flag,
  inner,
  listOf,
  number,
  oneOf,
  orAbsent,
  orNull,
  pageLimit,
  positiveWhole,
  text,
  textByKey,
  whole,
} from "./testing/rows.ts";
import { policy, refusal, spec } from "./testing/samples.ts";

const kind = { refuses: [absent, null, "", "something-else"] };
const name = {
  takes: ["a", "0-9", "-", "x".repeat(63)],
  refuses: [absent, null, 1, "", "A", "a_b", "a b", " a", "a ", "x".repeat(64)],
};

describe("a rule that operators set", () => {
  it.each<[object, FieldTable]>([
    [
      { kind: "battery", percentMin: 20, unlessCharging: true },
      { kind, percentMin: between(0, 100, 0.001), unlessCharging: flag },
    ],
    [
      { kind: "temperature", celsiusMax: 70 },
      { kind, celsiusMax: number },
    ],
    [
      { kind: "memory-free", bytesMin: 1 },
      { kind, bytesMin: countable },
    ],
    [
      { kind: "residency", residency: "de", labels: { team: "red" } },
      { kind, residency: text, labels: textByKey },
    ],
    [
      { kind: "image-registry", allowed: ["docker.io"] },
      { kind, allowed: { takes: [[""], ["a", "b"]], refuses: [absent, null, [], "a", [1]] } },
    ],
    [
      { kind: "resources", cpuCoresMax: 4, memoryBytesMax: 1_024 },
      { kind, cpuCoresMax: { takes: [0.001, 1e6], refuses: [absent, null, 0, -1, "1"] }, memoryBytesMax: positiveWhole },
    ],
  ])("takes the settings of its kind: %j", (rule, table) => {
    expect(faults(PolicyRule, rule, table)).toEqual([]);
  });
});

describe("a policy", () => {
  it("is a named rule with an effect", () => {
    const version = { takes: [1, 1_000_000], refuses: [absent, null, 0, 1.5, "1"] };
    const table = { name, description: text, effect: oneOf("refuse", "audit"), rule: inner(policy.rule), version };
    expect(faults(Policy, policy, table)).toEqual([]);
  });
});

describe("requests and answers about policies", () => {
  it("replace a policy only at the version that was read; 0 creates one", () => {
    const { version: _, ...written } = policy;
    const table = { name, description: text, effect: oneOf("refuse", "audit"), rule: inner(policy.rule), expectedVersion: countable };
    expect(faults(putPolicy.request, { ...written, expectedVersion: 3 }, table)).toEqual([]);
    expect(putPolicy.response).toBe(Policy);
  });

  it("list, remove and announce policies", () => {
    const table = { policies: listOf(policy) };
    expect(faults(listPolicies.request, {}, {})).toEqual([]);
    expect(faults(listPolicies.response, { policies: [policy] }, table)).toEqual([]);
    expect(faults(policiesChanged.data, { policies: [policy] }, table)).toEqual([]);
    expect(faults(removePolicy.request, { name: "warm" }, { name: text })).toEqual([]);
    expect(faults(removePolicy.response, {}, {})).toEqual([]);
  });

  it("admit a task or say why not", () => {
    expect(faults(admitTask.request, { task: spec }, { task: inner(spec) })).toEqual([]);
    expect(faults(admitTask.response, { refusal }, { refusal: orNull(inner(refusal)) })).toEqual([]);
  });
});

describe("the audit log", () => {
  const entry = { sequence: 4, atMs: 5, policy: "warm", action: "admit", subject: "t1", outcome: "refused", message: "too hot" };

  it("has entries with an outcome", () => {
    const table = {
      sequence: whole,
      atMs: whole,
      policy: orNull(text),
      action: text,
      subject: text,
      outcome: oneOf("allowed", "refused", "would-refuse", "changed"),
      message: text,
    };
    expect(faults(AuditEntry, entry, table)).toEqual([]);
  });

  it("is read backwards, at most 1,000 entries at once", () => {
    const before = orAbsent({ takes: [-1, 0, 7], reads: [["7", 7]], refuses: [1.5, "x"] });
    expect(faults(listAudit.request, { limit: 10, before: 7 }, { limit: pageLimit(1_000), before })).toEqual([]);
    expect(faults(listAudit.response, { entries: [entry] }, { entries: listOf(entry) })).toEqual([]);
  });
});
