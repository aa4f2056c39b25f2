import { refusal } from "@fogline/findings";
import { GIBIBYTE, MEBIBYTE } from "@fogline/units";
import { describe, expect, it } from "vitest";
import { type Node, type PlaceOptions, place, type Task } from "./index.ts";
import { node, task } from "./samples.ts";

const why = (wanted: Partial<Task>, has: Partial<Node>, options: PlaceOptions = {}) => {
  const { refused, candidates } = place({ ...task, ...wanted }, [node(has)], options);
  expect(refused.length + candidates.length).toBe(1);
  return refused[0]?.refusal;
};

describe("a node is refused", () => {
  it.each([
    ["offline", "task needs a node that is online, pi-3 is offline"],
    ["suspect", "task needs a node that is online, pi-3 is suspect"],
    ["never-seen", "task needs a node that is online, pi-3 is not seen yet"],
  ] as const)("while it is %s", (status, message) => {
    expect(why({}, { status })).toEqual({ rule: "status", message, facts: { status } });
    expect(why({}, { status: "online" })).toBeUndefined();
  });

  it("while it drains", () => {
    const message = "task needs a node that takes new tasks, pi-3 is draining";
    expect(why({}, { draining: true })).toEqual({ rule: "draining", message, facts: { draining: true } });
  });

  it("when the task is pinned to another", () => {
    expect(why({ node: "pi-4" }, {})).toEqual({
      rule: "node",
      message: "task is pinned to pi-4, this is pi-3",
      facts: { wants: "pi-4", has: "pi-3" },
    });
    expect(why({ node: "pi-3" }, {})).toBeUndefined();
  });

  it("when it is at another site", () => {
    expect(why({ site: "hq" }, {})).toEqual({
      rule: "site",
      message: "task wants site hq, pi-3 is at plant-7",
      facts: { wants: "hq", has: "plant-7" },
    });
    expect(why({ site: "plant-7" }, {})).toBeUndefined();
  });

  it("when its tier is not among the wanted ones", () => {
    expect(why({ tiers: ["cloud", "metro-edge"] }, {})).toEqual({
      rule: "tier",
      message: "task wants tier cloud or metro-edge, pi-3 is access-edge",
      facts: { wants: "cloud metro-edge", has: "access-edge" },
    });
    expect(why({ tiers: ["cloud", "access-edge"] }, {})).toBeUndefined();
    expect(why({ tiers: [] }, {})?.message).toBe("task wants tier none, pi-3 is access-edge");
  });

  it("when its processor is of another family", () => {
    expect(why({ architecture: "amd64" }, {})).toEqual({
      rule: "architecture",
      message: "task needs amd64, pi-3 is arm64",
      facts: { needs: "amd64", has: "arm64" },
    });
    expect(why({ architecture: "arm64" }, {})).toBeUndefined();
    expect(why({ architecture: "arm64" }, { architecture: null })?.message).toBe("task needs arm64, pi-3 is of unknown architecture");
  });

  it("when it has fewer cores free than needed, and not when it has exactly as many", () => {
    expect(why({ cpuCores: 2 }, { cpuCoresFree: 2 })).toBeUndefined();
    expect(why({ cpuCores: 2 }, { cpuCoresFree: 1.999 })).toEqual({
      rule: "cpu",
      message: "task needs 2 CPU cores, pi-3 has 1.99 free",
      facts: { needsCores: 2, hasCores: 1.999 },
    });
    expect(why({ cpuCores: 0.07 }, { cpuCoresFree: 0.06 })?.message).toBe("task needs 0.07 CPU cores, pi-3 has 0.06 free");
    expect(why({ cpuCores: 0.3 }, { cpuCoresFree: 0.29 })?.message).toBe("task needs 0.3 CPU cores, pi-3 has 0.29 free");
    expect(why({ cpuCores: 0.501 }, { cpuCoresFree: 0.5 })?.message).toBe("task needs 0.51 CPU cores, pi-3 has 0.5 free");
  });

  it("when it has less memory free than needed, and not when it has exactly as much", () => {
    expect(why({ memoryBytes: 2048 * MEBIBYTE }, { memoryFreeBytes: 2048 * MEBIBYTE })).toBeUndefined();
    expect(why({ memoryBytes: 2048 * MEBIBYTE }, { memoryFreeBytes: 1311 * MEBIBYTE })).toEqual({
      rule: "memory",
      message: "task needs 2048 MiB, pi-3 has 1311 MiB free",
      facts: { needsBytes: 2 * GIBIBYTE, hasBytes: 1311 * MEBIBYTE },
    });
    expect(why({ memoryBytes: MEBIBYTE + 1 }, { memoryFreeBytes: MEBIBYTE })?.message).toBe("task needs 2 MiB, pi-3 has 1 MiB free");
    expect(why({ memoryBytes: MEBIBYTE }, { memoryFreeBytes: MEBIBYTE - 1 })?.message).toBe("task needs 1 MiB, pi-3 has 0 MiB free");
  });

  it("when the task requires a GPU and none is available", () => {
    expect(why({ gpu: true }, { gpus: 0, gpusFree: 0 })).toEqual({
      rule: "gpu",
      message: "task needs 1 GPU, pi-3 has none",
      facts: { needsGpus: 1, hasGpus: 0, freeGpus: 0 },
    });
    expect(why({ gpu: true }, { gpus: 2, gpusFree: 0 })?.message).toBe("task needs 1 GPU, pi-3 has 0 of 2 free");
    expect(why({ gpu: true }, { gpus: 2, gpusFree: 1 })).toBeUndefined();
    expect(why({ gpu: false }, { gpus: 2, gpusFree: 0 })).toBeUndefined();
  });

  it("when it holds as many tasks as one node may", () => {
    expect(why({}, { tasks: 4 }, { tasksPerNodeMax: 5 })).toBeUndefined();
    expect(why({}, { tasks: 5 }, { tasksPerNodeMax: 5 })).toEqual({
      rule: "tasks",
      message: "a node takes at most 5 tasks at a time, pi-3 has 5",
      facts: { tasks: 5, tasksMax: 5 },
    });
    expect(why({}, { tasks: 9 })).toBeUndefined();
    expect(why({}, { tasks: 10 })?.rule).toBe("tasks");
  });

  it("when the task's data may not be processed there", () => {
    expect(why({ residency: "us" }, {})).toEqual({
      rule: "residency",
      message: "task's data must stay in us, pi-3 is in eu",
      facts: { wants: "us", has: "eu" },
    });
    expect(why({ residency: "eu" }, {})).toBeUndefined();
    expect(why({ residency: "eu" }, { residency: null })?.message).toBe("task's data must stay in eu, pi-3 is in no declared residency");
  });

  it("when a policy refuses it, by the first that does", () => {
    const policies = [() => undefined, () => refusal("a", "first"), () => refusal("b", "second")];
    expect(why({}, {}, { policies })).toEqual({ rule: "a", message: "first", facts: {} });
    expect(why({}, {}, { policies: policies.slice(0, 1) })).toBeUndefined();
  });

  it("when an attempt of the task failed there", () => {
    expect(why({}, {}, { avoid: new Set(["pi-3", "pi-4"]) })).toEqual({
      rule: "failed-here",
      message: "task looks for another node than those where it failed, pi-3 is one of 2",
      facts: { node: "pi-3" },
    });
    expect(why({}, {}, { avoid: new Set(["pi-4"]) })).toBeUndefined();
  });

  it("when the task runs in an image and the node has no container runtime", () => {
    expect(why({ image: "nginx:1.29" }, { containers: false })).toEqual({
      rule: "containers",
      message: "task runs in image nginx:1.29, pi-3 has no container runtime",
      facts: { image: "nginx:1.29" },
    });
    expect(why({ image: "nginx:1.29" }, { containers: true })).toBeUndefined();
    expect(why({}, { containers: false })).toBeUndefined();
  });

  it("by the first filter of the order that has something against it", () => {
    const nothing: Task = {
      ...task,
      node: "x",
      site: "x",
      tiers: [],
      architecture: "arm",
      cpuCores: 99,
      memoryBytes: 99 * GIBIBYTE,
      gpu: true,
      residency: "x",
      image: "x",
    };
    const order: [string, Partial<Task>, Partial<Node>][] = [
      ["status", {}, { status: "online" }],
      ["draining", {}, { draining: false }],
      ["node", { node: undefined }, {}],
      ["site", { site: undefined }, {}],
      ["tier", { tiers: undefined }, {}],
      ["architecture", { architecture: undefined }, {}],
      ["cpu", { cpuCores: 0 }, {}],
      ["memory", { memoryBytes: 0 }, {}],
      ["gpu", { gpu: false }, {}],
      ["tasks", {}, { tasks: 0 }],
      ["residency", { residency: undefined }, {}],
    ];
    let wanted = nothing;
    let has = node({ status: "offline", draining: true, tasks: 99, containers: false });
    const options = { policies: [() => refusal("policy", "no")], avoid: new Set(["pi-3"]) };
    const rule = (given: PlaceOptions) => place(wanted, [has], given).refused[0]?.refusal.rule;
    for (const [name, mendTask, mendNode] of order) {
      expect(rule(options)).toBe(name);
      wanted = { ...wanted, ...mendTask };
      has = { ...has, ...mendNode };
    }
    expect(rule(options)).toBe("policy");
    expect(rule({ avoid: options.avoid })).toBe("failed-here");
    expect(rule({})).toBe("containers");
  });
});
