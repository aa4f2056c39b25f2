import {
  askAgent,
  cancelTask,
  createDeployment,
  createTask,
  deploymentLogs,
  everyPage,
  failureOf,
  getDeployment,
  getTask,
  listDeployments,
  stopDeployment,
  type TaskRecord,
  type TaskStatus,
  taskChanged,
} from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { migrate } from "@fogline/ports";
import { answersMigration, handle, type Served, serve } from "@fogline/rpc";
import { openSqlite } from "@fogline/sqlite";
import { afterEach, describe, expect, it } from "vitest";
import type { OrchestratorSchema } from "../schema.ts";
import { type Hub, openHub, unwrap } from "../testing/hub.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** The scheduler's side of its contracts: keeps what it is asked for and changes what the test says. */
class Tasks {
  readonly all = new Map<string, TaskRecord>();
  /** While set, every new task is refused with it. */
  full = false;
  /** How many answers to `tasks.create` get lost after the task was made. */
  losesAnswers = 0;
  readonly #hub: Hub;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  get living(): TaskRecord[] {
    return [...this.all.values()].filter(({ status }) => ["queued", "assigned", "running"].includes(status));
  }

  async set(id: string, status: TaskStatus, more: Partial<TaskRecord> = {}): Promise<TaskRecord> {
    const before = this.all.get(id);
    if (before === undefined) throw new Error(`no task "${id}"`);
    const task = { ...before, status, reason: `it is ${status}`, version: before.version + 1, ...more };
    this.all.set(id, task);
    await this.#hub.client.publish(taskChanged, { task });
    return task;
  }

  async runAll(): Promise<void> {
    for (const { id } of this.living) await this.set(id, "running", { node: "pi-1", executionId: `${id}.1` });
  }

  async serve(): Promise<Served> {
    const database = openSqlite<Record<string, never>>(":memory:");
    await migrate(database, [answersMigration]);
    const handlers = [
      handle(createTask, async (spec, context) => {
        if (this.full) return fail(failureOf(createTask, "queueFull", { queued: 1_000, limit: 1_000 }));
        const id = `task-${this.all.size + 1}`;
        const task: TaskRecord = {
          ...{ id, spec, status: "queued", reason: "it waits", attempt: 1, node: null, executionId: null, placement: null, result: null },
          ...{ createdAtMs: this.#hub.clock.now(), startedAtMs: null, finishedAtMs: null, version: 1 },
        };
        await database.transaction((transaction) => context.remember(transaction, task));
        this.all.set(id, task);
        if (this.losesAnswers > 0) {
          this.losesAnswers -= 1;
          // After its commit, and before its answer: what a process that is killed here leaves behind.
          await new Promise<never>((_resolve, reject) => context.signal.addEventListener("abort", () => reject(new Error("gone"))));
        }
        return ok(task);
      }),
      handle(getTask, async ({ id }) => {
        const task = this.all.get(id);
        return task ? ok(task) : fail(failureOf(getTask, "notFound", { id }));
      }),
      handle(cancelTask, async ({ id }) =>
        this.all.has(id) ? ok(await this.set(id, "cancelled")) : fail(failureOf(cancelTask, "notFound", { id })),
      ),
    ];
    return serve(this.#hub.bus, handlers, { ...this.#hub, database, source: "scheduler" });
  }
}

const open = async (reuse: Parameters<typeof openHub>[1] = {}) => {
  const hub = await openHub({}, reuse);
  const tasks = new Tasks(hub);
  const served = await tasks.serve();
  closing.push(
    () => served.stop(0),
    () => hub.close(),
  );
  return { hub, tasks, served };
};

const web = { name: "web", replicas: 2, task: { command: ["serve"] } };
const deploy = async (hub: Hub, spec = web) => unwrap(await hub.client.call(createDeployment, spec));
const recordOf = async (hub: Hub, id: string) => unwrap(await hub.client.call(getDeployment, { id }));

describe("a deployment", () => {
  it("becomes one task for each replica, which restarts for ever and says whose it is", async () => {
    const { hub, tasks } = await open();
    const { id } = await deploy(hub);
    await hub.pass(500);
    expect(tasks.living.map(({ spec }) => spec.labels)).toEqual([
      { deployment: "web", replica: "0" },
      { deployment: "web", replica: "1" },
    ]);
    expect(tasks.living[0]?.spec).toMatchObject({ restart: "always", duplicates: "allowed", timeoutMs: null });
    expect(await recordOf(hub, id)).toMatchObject({ status: "progressing", reason: "0 of 2 replicas run, 2 wait for a node" });
  });

  it("runs when its tasks run", async () => {
    const { hub, tasks } = await open();
    const { id } = await deploy(hub);
    await hub.pass(500);
    await tasks.runAll();
    await hub.pass(500);
    expect(await recordOf(hub, id)).toMatchObject({
      status: "running",
      reason: "2 of 2 replicas run",
      replicas: [
        { index: 0, taskId: "task-1", node: "pi-1", status: "running" },
        { index: 1, taskId: "task-2", node: "pi-1", status: "running" },
      ],
    });
  });

  it("replaces a replica that failed, after a back-off", async () => {
    const { hub, tasks } = await open();
    const { id } = await deploy(hub, { ...web, replicas: 1 });
    await hub.pass(500);
    await tasks.set("task-1", "failed");
    await hub.pass(500);
    expect(await recordOf(hub, id)).toMatchObject({ status: "degraded", reason: "0 of 1 replicas run; replica 0: its task failed: it is failed" });
    expect(tasks.all.size).toBe(1);
    await hub.pass(1_000);
    expect(tasks.all.size).toBe(2);
    await tasks.runAll();
    await hub.pass(500);
    expect((await recordOf(hub, id)).status).toBe("running");
  });

  it("pins one replica to each node that it names", async () => {
    const { hub, tasks } = await open();
    unwrap(await hub.client.call(createDeployment, { name: "sensor", nodes: ["pi-1", "pi-2"], task: { command: ["read"] } }));
    await hub.pass(500);
    expect(tasks.living.map(({ spec }) => spec.node)).toEqual(["pi-1", "pi-2"]);
  });

  it("waits, degraded, while the scheduler refuses its tasks, and goes on when it does not", async () => {
    const { hub, tasks } = await open();
    tasks.full = true;
    const { id } = await deploy(hub, { ...web, replicas: 1 });
    await hub.pass(500);
    expect(await recordOf(hub, id)).toMatchObject({
      status: "degraded",
      reason: "0 of 1 replicas run; replica 0: 1000 tasks wait, the limit is 1000",
    });
    tasks.full = false;
    await hub.pass(5_000);
    expect(tasks.living).toHaveLength(1);
  });

  it("is never doubled when answers of the scheduler are lost", async () => {
    const { hub, tasks } = await open();
    tasks.losesAnswers = 2;
    await deploy(hub);
    await hub.pass(60_000, 500);
    expect(tasks.living).toHaveLength(2);
  });

  it("is created once for one idempotency key", async () => {
    const { hub } = await open();
    const first = unwrap(await hub.client.call(createDeployment, web, { idempotencyKey: "k" }));
    const second = unwrap(await hub.client.call(createDeployment, web, { idempotencyKey: "k" }));
    expect(second.id).toBe(first.id);
    expect(unwrap(await hub.client.call(listDeployments, {})).deployments).toHaveLength(1);
  });

  it("is listed however many there were: page by page, each of them once", async () => {
    const { hub } = await open();
    const large = { ...web, replicas: 0, task: { ...web.task, command: ["serve", "x".repeat(4_000)] } };
    const names = Array.from({ length: 80 }, (_, index) => `web-${String(index).padStart(2, "0")}`);
    for (const name of names) unwrap(await hub.client.call(createDeployment, { ...large, name }));
    const pages: number[] = [];
    const all = await everyPage(async (after) => {
      const { deployments, next } = unwrap(await hub.client.call(listDeployments, after === undefined ? {} : { after }));
      pages.push(deployments.length);
      return { items: deployments, next };
    });
    expect(all.map(({ spec }) => spec.name)).toEqual(names);
    expect(pages.length).toBeGreaterThan(1);
  });

  it("keeps its name while it is not stopped", async () => {
    const { hub } = await open();
    const { id } = await deploy(hub);
    expect(await hub.client.call(createDeployment, web)).toMatchObject({ failure: { error: "nameTaken", code: "FL4005" } });
    unwrap(await hub.client.call(stopDeployment, { id }));
    expect((await hub.client.call(createDeployment, web)).ok).toBe(true);
  });
});

describe("stopping a deployment", () => {
  it("cancels its tasks and keeps its record", async () => {
    const { hub, tasks } = await open();
    const { id } = await deploy(hub);
    await hub.pass(500);
    unwrap(await hub.client.call(stopDeployment, { id }));
    await hub.pass(1_000);
    expect(tasks.living).toEqual([]);
    expect(await recordOf(hub, id)).toMatchObject({ status: "stopped", reason: "stopped" });
    await hub.pass(120_000, 5_000);
    expect(tasks.all.size).toBe(2);
  });

  it("also cancels a task whose answer was lost", async () => {
    const { hub, tasks } = await open();
    tasks.losesAnswers = 1;
    const { id } = await deploy(hub, { ...web, replicas: 1 });
    await hub.pass(500);
    unwrap(await hub.client.call(stopDeployment, { id }));
    await hub.pass(60_000, 500);
    expect(tasks.all.size).toBe(1);
    expect(tasks.living).toEqual([]);
  });

  it("of an unknown one is answered with FL4004", async () => {
    const { hub } = await open();
    expect(await hub.client.call(stopDeployment, { id: "nobody" })).toMatchObject({ failure: { code: "FL4004" } });
  });
});

describe("after a restart", () => {
  it("learns what happened to its tasks meanwhile and replaces what ended", async () => {
    const database = openSqlite<OrchestratorSchema>(":memory:");
    const first = await open({ database });
    const { id } = await deploy(first.hub);
    await first.hub.pass(500);
    await first.tasks.runAll();
    await first.hub.pass(500);
    await first.hub.running.stop();

    const second = await open({ database });
    for (const task of first.tasks.all.values()) second.tasks.all.set(task.id, task);
    second.tasks.all.set("task-2", { ...unwrapped(first.tasks.all.get("task-2")), status: "failed", reason: "out of memory", version: 9 });
    await second.hub.pass(65_000, 500);
    expect(second.tasks.living.map(({ id: taskId }) => taskId)).toEqual(["task-1", "task-3"]);
    expect((await recordOf(second.hub, id)).replicas.map(({ taskId }) => taskId)).toEqual(["task-1", "task-3"]);
  });
});

describe("the logs of a deployment", () => {
  it("are asked of the device of each replica, and say why there are none", async () => {
    const { hub, tasks } = await open();
    const { id } = await deploy(hub);
    await hub.pass(500);
    await tasks.set("task-1", "running", { node: "pi-1", executionId: "task-1.1" });
    const agent = [
      handle(askAgent, async ({ question }) => ok({ body: { stdout: `output of ${"executionId" in question ? question.executionId : ""}` } })),
    ];
    const served = await serve(hub.bus, agent, { ...hub, source: "test", address: "pi-1" });
    closing.push(() => served.stop(0));
    await hub.pass(500);
    expect(unwrap(await hub.client.call(deploymentLogs, { id })).replicas).toEqual([
      { index: 0, node: "pi-1", text: "output of task-1.1", unavailable: null },
      { index: 1, node: null, text: "", unavailable: "it runs nowhere: its task is queued, it waits" },
    ]);
  });
});

const unwrapped = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error("it is not there");
  return value;
};
