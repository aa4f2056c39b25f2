import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  cancelTask,
  createTask,
  explainTask,
  getTask,
  listMoves,
  listTasks,
  PlacementExplanation,
  RefusalSchema,
  TaskMove,
  TaskRecord,
  TaskResult,
  TaskSpec,
  TaskStatus,
  taskChanged,
} from "./tasks.ts";
import { absent, faults } from "./testing/fields.ts";
import {
  anyQueryWhole,
  countable,
  flag,
  inner,
  listOf,
  nodeName,
  number,
  oneOf,
  orAbsent,
  orElse,
  orNull,
  pageLimit,
  positiveWhole,
  queryWhole,
  text,
  textByKey,
  textUpTo,
  whole,
  wholeBetween,
} from "./testing/rows.ts";
import { explanation, move, refusal, result, spec, task } from "./testing/samples.ts";

const status = oneOf("queued", "assigned", "running", "succeeded", "failed", "cancelled", "unknown");

describe("what a person asks to have run", () => {
  it("needs a command only; everything else has a bound and a default", () => {
    const table = {
      command: {
        takes: [[""], Array(256).fill("x"), ["x".repeat(8_192)]],
        refuses: [absent, null, "x", [], Array(257).fill("x"), ["x".repeat(8_193)], [1]],
      },
      image: orAbsent(textUpTo(512)),
      env: orElse(
        {},
        {
          takes: [{ A: "" }, { _a9: "x".repeat(32_768) }],
          refuses: [null, { "9A": "" }, { "": "" }, { "A-B": "" }, { A: "x".repeat(32_769) }, { A: 1 }],
        },
      ),
      cpuCores: orElse(0.1, { takes: [0.001, 4_096], refuses: [null, 0, 4_096.001, "1"] }),
      memoryBytes: orElse(67_108_864, positiveWhole),
      gpu: orElse(false, flag),
      processesMax: orElse(64, wholeBetween(1, 65_536)),
      timeoutMs: orElse(600_000, orNull(positiveWhole)),
      outputBytesMax: orElse(16_384, wholeBetween(0, 65_536)),
      inputBytes: orElse(0, countable),
      priority: orElse(5, wholeBetween(0, 9)),
      duplicates: orElse("allowed", oneOf("allowed", "forbidden")),
      attemptsMax: orElse(3, wholeBetween(1, 100)),
      restart: orElse("never", oneOf("never", "on-failure", "always")),
      node: orAbsent(nodeName),
      site: orAbsent(text),
      tiers: orAbsent({
        takes: [[], ["cloud", "regional-edge", "metro-edge", "access-edge", "iot"]],
        refuses: [null, "iot", ["fog"]],
      }),
      architecture: orAbsent(oneOf("amd64", "arm64", "riscv64", "arm")),
      residency: orAbsent(text),
      profile: orElse("fog", oneOf("fog", "tiers")),
      labels: orElse({}, textByKey),
    };
    expect(faults(TaskSpec, spec, table, "strict")).toEqual([]);
  });

  it("refuses names of environment variables that only begin or end well", () => {
    for (const name of ["A B", " A", "A ", "A=B", "1A", "é"]) expect(TaskSpec.safeParse({ command: ["x"], env: { [name]: "" } }).success).toBe(false);
  });
});

describe("what is said of a task", () => {
  it("is a status, a reason and a result", () => {
    const table = {
      id: text,
      spec: inner(spec),
      status,
      reason: text,
      attempt: whole,
      node: orNull(text),
      executionId: orNull(text),
      placement: orNull(inner(explanation)),
      result: orNull(inner(result)),
      createdAtMs: whole,
      startedAtMs: orNull(whole),
      finishedAtMs: orNull(whole),
      version: whole,
    };
    expect(faults(TaskRecord, task, table)).toEqual([]);
    expect(TaskStatus.safeParse("paused").success).toBe(false);
  });

  it("has a result with the end of an execution", () => {
    const table = {
      executionId: text,
      node: text,
      outcome: oneOf("exited", "signalled", "timed-out", "out-of-memory", "cancelled", "could-not-start", "interrupted"),
      exitCode: orNull(whole),
      signal: orNull(text),
      stdout: text,
      stderr: text,
      outputTruncated: flag,
      message: orNull(text),
      finishedAtMs: whole,
    };
    expect(faults(TaskResult, result, table)).toEqual([]);
  });

  it("has an explanation with every candidate and every refusal", () => {
    const table = {
      decidedAtMs: whole,
      profile: text,
      chosen: orNull(text),
      candidates: { takes: [[]], refuses: [absent, null, [{}]] },
      "candidates.0.node": text,
      "candidates.0.score": number,
      "candidates.0.parts": { takes: [[]], refuses: [absent, null, [{}]] },
      "candidates.0.parts.0.name": text,
      "candidates.0.parts.0.kind": oneOf("points", "factor"),
      "candidates.0.parts.0.value": number,
      "candidates.0.parts.0.reason": orAbsent(text),
      refused: { takes: [[]], refuses: [absent, null, [{}]] },
      "refused.0.node": text,
      "refused.0.refusal": inner(refusal),
    };
    expect(faults(PlacementExplanation, explanation, table)).toEqual([]);
  });

  it("has refusals with facts of every plain kind", () => {
    const facts = { takes: [{}, { a: "", b: 1.5, c: true, d: null }], refuses: [absent, null, { a: [] }, { a: {} }] };
    expect(faults(RefusalSchema, refusal, { rule: text, message: text, facts })).toEqual([]);
  });
});

describe("requests and answers about tasks", () => {
  it("are what the declarations say", () => {
    expect(createTask.request).toBe(TaskSpec);
    for (const { response } of [createTask, getTask, cancelTask]) expect(response).toBe(TaskRecord);
    for (const { request } of [getTask, explainTask, cancelTask]) expect(faults(request, { id: "t1" }, { id: text })).toEqual([]);
    expect(faults(taskChanged.data, { task }, { task: inner(task) })).toEqual([]);
    const explained = { task, now: explanation, ifNodeFails: "pi-4" };
    expect(faults(explainTask.response, explained, { task: inner(task), now: inner(explanation), ifNodeFails: orNull(text) })).toEqual([]);
  });

  it("list at most 1,000 tasks a page, 100 unless told", () => {
    const limit = pageLimit(1_000);
    const table = { status: orAbsent(status), node: orAbsent(text), limit, after: orAbsent(text) };
    expect(faults(listTasks.request, { status: "queued", node: "pi-3", limit: 10, after: "t0" }, table)).toEqual([]);
    const page = { tasks: listOf(task), next: orNull(text) };
    expect(faults(listTasks.response, { tasks: [task], next: "t1" }, page)).toEqual([]);
  });

  it("list at most 1,000 moves a page, 500 unless told, and only those from another node unless told", () => {
    expect(faults(TaskMove, move, { atMs: whole, taskId: text, command: text, from: orNull(text), to: text, reason: text })).toEqual([]);
    const read = (query: object): unknown => listMoves.request.safeParse(query).data;
    expect(read({})).toEqual({ movedOnly: true, limit: 500 });
    expect(read({ movedOnly: "false", sinceMs: "5", limit: "7", beforeMs: "9" })).toEqual({ movedOnly: false, sinceMs: 5, limit: 7, beforeMs: 9 });
    const { movedOnly: _, ...numbers } = listMoves.request.shape;
    const table = { sinceMs: anyQueryWhole, limit: queryWhole(1, 1_000, 500), beforeMs: anyQueryWhole };
    expect(faults(z.object(numbers), { sinceMs: 1, limit: 2, beforeMs: 3 }, table)).toEqual([]);
    expect(faults(listMoves.response, { moves: [move], nextBeforeMs: 5 }, { moves: listOf(move), nextBeforeMs: orNull(whole) })).toEqual([]);
  });
});
