import type { NodeRecord, PlacementExplanation, Policy as PolicyContract, TaskSpec } from "@fogline/contracts";
import type { DeviceCapabilities as AgentCapabilities, DeviceState as AgentState } from "@fogline/contracts/device";
import type { DeviceCapabilities, DeviceState } from "@fogline/device";
import { type Node, type NodeSource, type Placement, place, type Task } from "@fogline/placement";
import { nodePolicies, type Policy, type PolicyNode, type PolicyTask } from "@fogline/policy";
import { describe, expect, expectTypeOf, it } from "vitest";

describe("the shapes of the domain", () => {
  it("are those of the contracts", () => {
    expectTypeOf<DeviceCapabilities>().toExtend<AgentCapabilities>();
    expectTypeOf<AgentCapabilities>().toExtend<DeviceCapabilities>();
    expectTypeOf<DeviceState>().toExtend<AgentState>();
    expectTypeOf<AgentState>().toExtend<DeviceState>();
    expectTypeOf<NodeRecord>().toExtend<NodeSource>();
    expectTypeOf<TaskSpec>().toExtend<Task & PolicyTask>();
    expectTypeOf<Node>().toExtend<PolicyNode>();
    expectTypeOf<Placement & { decidedAtMs: number }>().toExtend<PlacementExplanation>();
    expectTypeOf<Policy>().toExtend<PolicyContract>();
    expectTypeOf<PolicyContract>().toExtend<Policy>();
  });

  it("let policies go into placement", () => {
    const task: Task = { cpuCores: 1, memoryBytes: 1, gpu: false, inputBytes: 0, labels: {} };
    expect(place(task, [], { policies: nodePolicies([]) }).chosen).toBeNull();
  });
});
