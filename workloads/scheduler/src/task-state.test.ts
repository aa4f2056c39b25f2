import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { apply, createdTask, isDecided, isLive, type ReportedNews, type TaskInput, type TaskRules, type TaskState } from "./task-state.ts";

const rules = (change: Partial<TaskRules> = {}): TaskRules => ({ duplicates: "allowed", attemptsMax: 3, restart: "never", ...change });
const after = (task: TaskState, ...inputs: TaskInput[]): TaskState => inputs.reduce((state, input) => apply(state, input).task, task);
const assigned = (node: string): TaskInput => ({ kind: "assigned", node });
const finished = (executionId: string, node: string, report: Partial<ReportedNews> = {}): TaskInput => ({
  kind: "reported",
  executionId,
  node,
  report: { status: "finished", outcome: "exited", exitCode: 0, ...report },
});
const running = (executionId: string, node: string): TaskInput => ({ kind: "reported", executionId, node, report: { status: "running" } });
const nodeLost = (executionId: string): TaskInput => ({ kind: "nodeLost", executionId, reason: "the node is gone" });
const givenUp = (executionId: string): TaskInput => ({ kind: "givenUp", executionId, reason: "nobody knows" });

describe("a task", () => {
  it("goes from queued over assigned and running to succeeded", () => {
    const states = [createdTask("t", rules())];
    for (const input of [assigned("a"), running("t.1", "a"), finished("t.1", "a")]) states.push(apply(states.at(-1) as TaskState, input).task);
    expect(states.map(({ status }) => status)).toEqual(["queued", "assigned", "running", "succeeded"]);
    expect(states.at(-1)?.reason).toBe("exited with code 0 on a");
  });

  it("runs again elsewhere when its node is lost and duplicates are allowed", () => {
    const task = after(createdTask("t", rules()), assigned("a"), running("t.1", "a"), nodeLost("t.1"), assigned("b"));
    expect(task).toMatchObject({ status: "assigned", attempt: 2, executionId: "t.2" });
    expect(task.executions.map(({ node, status }) => [node, status])).toEqual([
      ["a", "superseded"],
      ["b", "assigned"],
    ]);
  });

  it("is taken back when its node returns before another took it", () => {
    const task = after(createdTask("t", rules()), assigned("a"), running("t.1", "a"), nodeLost("t.1"), running("t.1", "a"));
    expect(task).toMatchObject({ status: "running", attempt: 1, executionId: "t.1" });
  });

  it("is decided by whichever attempt finishes first, and the other is not wanted any more", () => {
    const task = after(createdTask("t", rules()), assigned("a"), nodeLost("t.1"), assigned("b"), running("t.2", "b"), finished("t.1", "a"));
    expect(task).toMatchObject({ status: "succeeded", executionId: "t.1" });
    expect(task.executions.map(({ status }) => status)).toEqual(["finished", "superseded"]);
  });

  it("only records an older attempt that failed while a newer one runs", () => {
    const before = after(createdTask("t", rules()), assigned("a"), nodeLost("t.1"), assigned("b"), running("t.2", "b"));
    const transition = apply(before, finished("t.1", "a", { exitCode: 1 }));
    expect(transition).toMatchObject({ effect: "recorded", task: { status: "running", executionId: "t.2" } });
  });

  it("that may not run twice waits for its lost node instead of running elsewhere", () => {
    const before = after(createdTask("t", rules({ duplicates: "forbidden" })), assigned("a"));
    expect(apply(before, nodeLost("t.1")).effect).toBe("ignored");
    expect(after(before, givenUp("t.1"))).toMatchObject({ status: "unknown", executionId: "t.1" });
  });

  it("that ended as unknown takes the answer of its execution when it comes after all", () => {
    const unknown = after(createdTask("t", rules({ duplicates: "forbidden" })), assigned("a"), givenUp("t.1"));
    expect(after(unknown, finished("t.1", "a")).status).toBe("succeeded");
    expect(after(unknown, finished("t.1", "a", { exitCode: 3 })).status).toBe("failed");
    expect(after(unknown, finished("t.1", "a", { outcome: "interrupted", exitCode: null })).status).toBe("unknown");
  });

  it("that may not run twice is placed again when its execution provably reached nobody, under the same execution id", () => {
    const withdrawn: TaskInput = { kind: "withdrawn", executionId: "t.1", reason: "nobody answers" };
    const task = after(createdTask("t", rules({ duplicates: "forbidden" })), assigned("a"), withdrawn, assigned("b"));
    expect(task).toMatchObject({ status: "assigned", attempt: 1, executionId: "t.1" });
    expect(task.executions).toHaveLength(1);
  });

  it("is not withdrawn once its agent was heard of", () => {
    const task = after(createdTask("t", rules()), assigned("a"), { kind: "held", executionId: "t.1", node: "a" });
    expect(apply(task, { kind: "withdrawn", executionId: "t.1", reason: "nobody answers" }).effect).toBe("ignored");
  });

  it("fails when it exits with another code than 0, and is not tried again", () => {
    expect(after(createdTask("t", rules()), assigned("a"), finished("t.1", "a", { exitCode: 2, message: "no such host" }))).toMatchObject({
      status: "failed",
      reason: "exited with code 2 on a (no such host)",
    });
  });

  it("that restarts is tried again after a bad end until its attempts are used", () => {
    let task = createdTask("t", rules({ restart: "on-failure", attemptsMax: 2 }));
    task = after(task, assigned("a"), finished("t.1", "a", { exitCode: 1 }));
    expect(task.status).toBe("queued");
    task = after(task, assigned("a"), finished("t.2", "a", { exitCode: 1 }));
    expect(task).toMatchObject({ status: "failed", reason: "exited with code 1 on a; it was the last of 2 attempts" });
  });

  it("that could not start is tried elsewhere even when it may not run twice", () => {
    const report = { outcome: "could-not-start", exitCode: null } as const;
    expect(after(createdTask("t", rules({ duplicates: "forbidden" })), assigned("a"), finished("t.1", "a", report)).status).toBe("queued");
  });

  it("ends as unknown when its agent died while it ran and it may not run twice", () => {
    const report = { outcome: "interrupted", exitCode: null } as const;
    expect(after(createdTask("t", rules({ duplicates: "forbidden" })), assigned("a"), finished("t.1", "a", report)).status).toBe("unknown");
    expect(after(createdTask("t", rules()), assigned("a"), finished("t.1", "a", report)).status).toBe("queued");
  });

  it("does not believe a node about an execution of another node", () => {
    const task = after(createdTask("t", rules()), assigned("a"));
    expect(apply(task, finished("t.1", "b"))).toMatchObject({ effect: "ignored", why: "t.1 was handed to a, not to b" });
  });
});

const executionId = fc.integer({ min: 1, max: 4 }).map((attempt) => `t.${attempt}`);
const node = fc.constantFrom("a", "b", "c");
const report: fc.Arbitrary<ReportedNews> = fc.oneof(
  fc.constantFrom<ReportedNews>({ status: "accepted" }, { status: "running" }),
  fc.record({
    status: fc.constant("finished" as const),
    outcome: fc.constantFrom("exited", "signalled", "timed-out", "out-of-memory", "cancelled", "could-not-start", "interrupted"),
    exitCode: fc.constantFrom(0, 1, null),
  }),
);
const reason = fc.constant("because");
const input: fc.Arbitrary<TaskInput> = fc.oneof(
  fc.record({ kind: fc.constant("assigned" as const), node }),
  fc.record({ kind: fc.constant("assigned" as const), node }),
  fc.record({ kind: fc.constant("withdrawn" as const), executionId, reason }),
  fc.record({ kind: fc.constant("reported" as const), executionId, node, report }),
  fc.record({ kind: fc.constant("held" as const), executionId, node }),
  fc.record({ kind: fc.constantFrom("nodeLost" as const, "givenUp" as const, "expired" as const), executionId, reason }),
  fc.record({ kind: fc.constant("moved" as const), executionId, node, reason }),
  fc.record({ kind: fc.constant("cancelled" as const), reason }),
);
const anyRules: fc.Arbitrary<TaskRules> = fc.record({
  duplicates: fc.constantFrom("allowed", "forbidden"),
  attemptsMax: fc.integer({ min: 1, max: 4 }),
  restart: fc.constantFrom("never", "on-failure", "always"),
});

/** Every state on the way, with the input that led to it. */
const walk = (taskRules: TaskRules, inputs: readonly TaskInput[]): { from: TaskState; to: TaskState; input: TaskInput }[] => {
  let from = createdTask("t", taskRules);
  return inputs.map((each) => {
    const step = { from, to: apply(from, each).task, input: each };
    from = step.to;
    return step;
  });
};
const always = (holds: (step: { from: TaskState; to: TaskState; input: TaskInput }) => void): void => {
  fc.assert(
    fc.property(anyRules, fc.array(input, { maxLength: 40 }), (taskRules, inputs) => walk(taskRules, inputs).forEach(holds)),
    { numRuns: 2_000 },
  );
};

describe("whatever arrives in whatever order", () => {
  it("a decided task never changes its status", () => {
    always(({ from, to }) => {
      if (isDecided(from.status)) expect(to.status).toBe(from.status);
    });
  });

  it("unknown is left only for a decision", () => {
    always(({ from, to }) => {
      if (from.status === "unknown" && to.status !== "unknown") expect(isDecided(to.status)).toBe(true);
    });
  });

  it("at most one execution is live, and it is the one that the task names", () => {
    always(({ to }) => {
      const live = to.executions.filter(isLive);
      expect(live.length).toBe(to.status === "assigned" || to.status === "running" ? 1 : 0);
      if (live.length === 1) expect(live[0]?.id).toBe(to.executionId);
    });
  });

  it("attempts never exceed their limit, and each has its own id", () => {
    always(({ to }) => {
      expect(to.attempt).toBeLessThanOrEqual(to.rules.attemptsMax);
      expect(to.executions.map(({ attempt }) => attempt)).toEqual(to.executions.map((_, index) => index + 1));
    });
  });

  it("a task that may not run twice has at most one execution whose start cannot be excluded", () => {
    always(({ to }) => {
      if (to.rules.duplicates !== "forbidden") return;
      expect(to.executions.filter(({ outcome }) => outcome !== "could-not-start").length).toBeLessThanOrEqual(1);
    });
  });

  it("an execution id is given to another node only after nobody could have received it", () => {
    always(({ from, to, input: given }) => {
      for (const execution of to.executions) {
        const before = from.executions.find(({ id }) => id === execution.id);
        if (before !== undefined) expect(execution.node).toBe(before.node);
      }
      for (const { id, status } of from.executions) {
        if (!to.executions.some((execution) => execution.id === id)) expect([given.kind, status]).toEqual(["withdrawn", "assigned"]);
      }
    });
  });

  it("the same input a second time changes nothing more", () => {
    always(({ to, input: given }) => {
      if (given.kind !== "assigned" && given.kind !== "moved") expect(apply(to, given).effect).toBe("ignored");
    });
  });
});
