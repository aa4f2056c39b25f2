import { describe, expect, it } from "vitest";
import { safeParse } from "zod/v4/core";
import {
  AgentQuestion,
  AgentSettings,
  agentProtocolVersion,
  Execution,
  ExecutionOutcome,
  ExecutionReport,
  FromAgent,
  FromHub,
} from "./agent-protocol.ts";
import { absent, faults } from "./testing/fields.ts";
import {
  anything,
  countable,
  flag,
  inner,
  oneOf,
  orAbsent,
  orNull,
  positiveWhole,
  someText,
  text,
  textByKey,
  textsUpTo,
  whole,
} from "./testing/rows.ts";
import { capabilities, execution, metrics, report, settings, state } from "./testing/samples.ts";

const outcome = oneOf("exited", "signalled", "timed-out", "out-of-memory", "cancelled", "could-not-start", "interrupted");
const type = { refuses: [absent, null, "", "something-else"] };

describe("the agent protocol", () => {
  it("is at version 1", () => {
    expect(agentProtocolVersion).toBe(1);
  });
});

describe("what an agent is asked to run", () => {
  it("has bounds on every field", () => {
    const table = {
      executionId: someText,
      taskId: someText,
      attempt: positiveWhole,
      command: { takes: [[""], ["a", "b"]], refuses: [absent, null, [], "a", [1]] },
      image: orAbsent(text),
      env: textByKey,
      cpuCores: { takes: [0.001, 4_096], refuses: [absent, null, 0, -1, "1"] },
      memoryBytes: positiveWhole,
      processesMax: positiveWhole,
      timeoutMs: orNull(positiveWhole),
      outputBytesMax: countable,
      restart: oneOf("never", "on-failure", "always"),
    };
    expect(faults(Execution, execution, table)).toEqual([]);
  });
});

describe("what an agent reports of an execution", () => {
  it("needs its names, status and time, and may leave out the rest", () => {
    const table = {
      executionId: text,
      taskId: text,
      status: oneOf("accepted", "running", "finished"),
      atMs: whole,
      outcome: orAbsent(outcome),
      exitCode: orAbsent(orNull(whole)),
      signal: orAbsent(orNull(text)),
      stdout: orAbsent(text),
      stderr: orAbsent(text),
      outputTruncated: orAbsent(flag),
      message: orAbsent(text),
    };
    expect(faults(ExecutionReport, report, table)).toEqual([]);
    expect(safeParse(ExecutionOutcome, "something-else").success).toBe(false);
  });
});

describe("the settings of an agent", () => {
  it("have bounds on every field", () => {
    const table = { heartbeatMs: positiveWhole, sampleMs: orNull(positiveWhole), tasksMax: countable };
    expect(faults(AgentSettings, settings, table)).toEqual([]);
  });
});

describe("frames from an agent", () => {
  const frames: [object, object][] = [
    [
      {
        type: "hello",
        protocol: 1,
        nodeId: "pi-3",
        bootId: "b1",
        agentVersion: "0.1.0",
        simulated: true,
        capabilities,
        state,
        executions: ["t1.1"],
        metrics,
        probeAddress: "10.0.0.3:8092",
      },
      {
        type,
        protocol: whole,
        nodeId: text,
        bootId: text,
        agentVersion: text,
        simulated: flag,
        capabilities: inner(capabilities),
        state: inner(state),
        executions: textsUpTo(2_000, 64),
        metrics: orAbsent(inner(metrics)),
        probeAddress: orNull(text),
      },
    ],
    [
      { type: "heartbeat", state, executions: [], metrics },
      { type, state: inner(state), executions: textsUpTo(2_000, 64), metrics: orAbsent(inner(metrics)) },
    ],
    [
      { type: "sample", state, metrics },
      { type, state: inner(state), metrics: orAbsent(inner(metrics)) },
    ],
    [
      { type: "report", sequence: 1, report },
      { type, sequence: positiveWhole, report: inner(report) },
    ],
    [
      { type: "answer", requestId: "q1", body: null },
      { type, requestId: text, body: anything },
    ],
    [
      { type: "pong", id: 1 },
      { type, id: whole },
    ],
    [
      { type: "bye", reason: "restart" },
      { type, reason: text },
    ],
  ];
  it.each(frames)("are read field by field: %j", (frame, table) => {
    expect(faults(FromAgent, frame, table as never)).toEqual([]);
  });
});

describe("frames from the hub", () => {
  const logs = { kind: "logs", executionId: "t1.1", tailBytes: 1_024 };
  const probe = { kind: "probe", address: "10.0.0.3:8092", nodeId: "pi-4", timeoutMs: 500 };
  const frames: [object, object][] = [
    [
      { type: "welcome", hubVersion: "0.1.0", timeMs: 5, settings, acknowledged: 3 },
      { type, hubVersion: text, timeMs: whole, settings: inner(settings), acknowledged: whole },
    ],
    [
      { type: "settings", settings },
      { type, settings: inner(settings) },
    ],
    [
      { type: "assign", execution },
      { type, execution: inner(execution) },
    ],
    [
      { type: "cancel", executionId: "t1.1", reason: "asked to" },
      { type, executionId: text, reason: text },
    ],
    [
      { type: "ack", sequence: 3 },
      { type, sequence: whole },
    ],
    [
      { type: "ask", requestId: "q1", question: logs },
      { type, requestId: text, question: inner(probe) },
    ],
    [
      { type: "ping", id: 1 },
      { type, id: whole },
    ],
    [
      { type: "refused", code: "FL4002", message: "no" },
      { type, code: text, message: text },
    ],
  ];
  it.each(frames)("are read field by field: %j", (frame, table) => {
    expect(faults(FromHub, frame, table as never)).toEqual([]);
  });

  it("carry one of three questions", () => {
    const kind = { refuses: [absent, null, "", "something-else"] };
    expect(faults(AgentQuestion, logs, { kind, executionId: text, tailBytes: positiveWhole })).toEqual([]);
    expect(faults(AgentQuestion, { kind: "agent-log", tailBytes: 10 }, { kind, tailBytes: positiveWhole })).toEqual([]);
    expect(faults(AgentQuestion, probe, { kind, address: text, nodeId: text, timeoutMs: positiveWhole })).toEqual([]);
  });
});
