import { describe, expect, it } from "vitest";
import { askAgent, assignExecution, cancelExecution, configureAgent, reportExecution } from "./agents.ts";
import { faults } from "./testing/fields.ts";
import { anything, inner, nodeName, text } from "./testing/rows.ts";
import { execution, report, settings } from "./testing/samples.ts";

describe("what an agent is told", () => {
  it("names the node and carries the frame's content", () => {
    const question = { kind: "logs", executionId: "t1.1", tailBytes: 10 };
    const cancelling = { node: nodeName, executionId: text, reason: text };
    expect(faults(assignExecution.request, { node: "pi-3", execution }, { node: nodeName, execution: inner(execution) })).toEqual([]);
    expect(faults(cancelExecution.request, { node: "pi-3", executionId: "t1.1", reason: "asked to" }, cancelling)).toEqual([]);
    expect(faults(askAgent.request, { node: "pi-3", question }, { node: nodeName, question: inner(question) })).toEqual([]);
    expect(faults(configureAgent.request, { node: "pi-3", settings }, { node: nodeName, settings: inner(settings) })).toEqual([]);
    expect(faults(reportExecution.request, { node: "pi-3", report }, { node: nodeName, report: inner(report) })).toEqual([]);
  });

  it("is answered with nothing, except for a question", () => {
    for (const { response } of [assignExecution, cancelExecution, configureAgent, reportExecution]) expect(faults(response, {}, {})).toEqual([]);
    expect(faults(askAgent.response, { body: 1 }, { body: anything })).toEqual([]);
  });
});
