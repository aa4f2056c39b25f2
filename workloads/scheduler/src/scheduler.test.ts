import { admitTask, cancelTask, createTask, explainTask, listMoves, listPolicies, reportExecution, type TaskRecord } from "@fogline/contracts";
import { ok } from "@fogline/findings";
import { profiles, without } from "@fogline/placement";
import { handle, serve } from "@fogline/rpc";
import { afterEach, describe, expect, it } from "vitest";
import { nodeRecord } from "./testing/fleet.ts";
import { TestWorld, type WorldOptions } from "./testing/world.ts";

let world: TestWorld;
const open = async (options: WorldOptions): Promise<TestWorld> => {
  world = new TestWorld(options);
  return world.open();
};
afterEach(() => world.stop());

const two = [nodeRecord("a"), nodeRecord("b")];
const long = () => ({ durationMs: 600_000 });
const other = (id: string | null) => (id === "a" ? "b" : "a");
const onNode = async (task: TaskRecord): Promise<string> => (await world.reaches(task.id, "running")).node ?? "nowhere";
const reasonOf = async (id: string): Promise<string> => (await world.task(id)).reason;

describe("the scheduler", () => {
  it("places a task, hands it over, and answers its result", async () => {
    await open({ nodes: [nodeRecord("a")] });
    const { id, status } = await world.submit({ command: ["uname", "-a"] });
    expect(status).toBe("queued");
    const task = await world.reaches(id, "succeeded");
    expect(task).toMatchObject({ node: "a", attempt: 1, executionId: `${id}.1`, reason: "exited with code 0 on a" });
    expect(task.result).toMatchObject({ exitCode: 0, stdout: "ran on a\n", node: "a" });
    expect(task.placement).toMatchObject({ chosen: "a", profile: "fog" });
    expect(world.fleet.lines.get(id)).toEqual([`${id}.1`]);
  });

  it("runs the most urgent first, and of equally urgent ones the oldest", async () => {
    await open({ nodes: [nodeRecord("a")], config: { tasksPerNodeMax: 1 } });
    await world.submit();
    const ids: string[] = [];
    for (const priority of [1, 9, 5, 9]) ids.push((await world.submit({ priority })).id);
    const [least, firstUrgent, middle, secondUrgent] = ids;
    await world.reaches(least ?? "", "succeeded");
    expect([...world.fleet.lines.keys()].slice(1)).toEqual([firstUrgent, secondUrgent, middle, least]);
  });

  it("says why a task waits, and does not let it hold up those behind it", async () => {
    await open({ nodes: two });
    const waiting = await world.submit({ gpu: true, priority: 9 });
    const behind = await world.submit({ priority: 0 });
    await world.reaches(behind.id, "succeeded");
    const task = await world.task(waiting.id);
    expect(task).toMatchObject({ status: "queued", reason: "needs a GPU: 0 of 2 nodes have one free" });
    expect(task.placement?.refused.map(({ node, refusal }) => [node, refusal.rule])).toEqual([
      ["a", "gpu"],
      ["b", "gpu"],
    ]);
  });

  it("refuses a task when as many wait as may", async () => {
    await open({ nodes: [], config: { queueMax: 2 } });
    await world.submit();
    await world.submit();
    const answer = await world.during(world.client.call(createTask, { command: ["true"] }));
    expect(answer).toMatchObject({ ok: false, failure: { error: "queueFull", fields: { queued: 2, limit: 2 } } });
  });

  it("creates one task for one idempotency key, also across a restart", async () => {
    await open({ nodes: two });
    const first = await world.submit({}, "key-1");
    world.life.kill();
    await world.startScheduler();
    expect((await world.submit({}, "key-1")).id).toBe(first.id);
    expect(await world.tasks()).toHaveLength(1);
  });

  it("asks the policy service before it stores a task, and applies the built-in policies when that does not answer", async () => {
    const low = nodeRecord("a");
    await open({ nodes: [nodeRecord("a", { state: low.state && { ...low.state, temperatureCelsius: 70 } })] });
    const { id } = await world.submit();
    await world.until(async () => (await reasonOf(id)) === "waits: 0 of 1 nodes can take it; 1 refused by temperature");
    const refusal = { rule: "image-registry", message: "policy trusted allows images from example.org, task wants evil", facts: {} };
    const handlers = [handle(admitTask, async () => ok({ refusal })), handle(listPolicies, async () => ok({ policies: [] }))];
    await serve(world.bus, handlers, { clock: world.clock, random: world.random, source: "policy" });
    await world.reaches(id, "succeeded");
    const answer = await world.during(world.client.call(createTask, { command: ["true"], image: "evil" }));
    expect(answer).toMatchObject({ ok: false, failure: { error: "refusedByPolicy", code: "FL4013", message: refusal.message } });
  });

  it("cancels a task that runs, and its agent ends the execution", async () => {
    await open({ nodes: [nodeRecord("a")], behaviour: long });
    const { id } = await world.submit();
    await world.reaches(id, "running");
    const answer = await world.during(world.client.call(cancelTask, { id }));
    expect(answer).toMatchObject({ ok: true, value: { status: "cancelled", reason: "cancelled by person" } });
    await world.until(async () => world.fleet.agent("a").holds.length === 0);
    await world.clock.advance(60_000);
    expect(await world.task(id)).toMatchObject({ status: "cancelled", result: null });
  });

  it("ends an execution that an agent only starts after its task was cancelled", async () => {
    await open({ nodes: [nodeRecord("a")] });
    const agent = world.fleet.agent("a");
    agent.deaf = true;
    const { id } = await world.submit();
    await world.reaches(id, "assigned");
    await world.during(world.client.call(cancelTask, { id }));
    await world.clock.advance(15_000);
    expect(agent.cancelled).toEqual([`${id}.1`]);
    const report = { executionId: `${id}.1`, taskId: id, status: "running", atMs: 1 } as const;
    await world.during(world.fleet.client.call(reportExecution, { node: "a", report }));
    await world.until(async () => agent.cancelled.length === 2);
    expect(await world.task(id)).toMatchObject({ status: "cancelled" });
  });

  it("hands an execution over again under the same id when its agent did not take it", async () => {
    await open({ nodes: [nodeRecord("a")] });
    world.fleet.agent("a").deaf = true;
    const { id } = await world.submit({ duplicates: "forbidden" });
    await world.clock.advance(4_000);
    world.fleet.agent("a").deaf = false;
    await world.reaches(id, "succeeded");
    expect(world.fleet.agent("a").assigned).toEqual([`${id}.1`, `${id}.1`]);
  });

  it("tries a task elsewhere that could not start", async () => {
    let starts = 0;
    await open({ nodes: two, behaviour: () => (++starts === 1 ? { durationMs: 0, outcome: "could-not-start" } : { durationMs: 100 }) });
    const { id } = await world.submit({ duplicates: "forbidden" });
    const task = await world.reaches(id, "succeeded");
    expect(task.attempt).toBe(2);
    expect(world.fleet.lines.get(id)).toEqual([`${id}.2`]);
    const first = ["a", "b"].find((node) => world.fleet.agent(node).assigned[0] === `${id}.1`);
    expect(task.node).toBe(other(first ?? null));
  });

  it("fails a task whose agent lists it long after its timeout, and asks the agent to end it", async () => {
    await open({ nodes: [nodeRecord("a")], behaviour: long });
    const { id } = await world.submit({ timeoutMs: 10_000 });
    const task = await world.reaches(id, "failed");
    expect(task.reason).toBe("still runs on a long after its timeout of 10000 ms");
    await world.until(async () => world.fleet.agent("a").holds.length === 0);
  });

  it("explains where a task is and where it would go if its node failed", async () => {
    await open({ nodes: two, behaviour: long });
    const task = await world.submit();
    const node = await onNode(task);
    const answer = await world.during(world.client.call(explainTask, { id: task.id }));
    if (!answer.ok) throw new Error(answer.failure.message);
    expect(answer.value.now.candidates.map((candidate) => candidate.node).sort()).toEqual(["a", "b"]);
    expect(answer.value.ifNodeFails).toBe(other(node));
  });

  it("keeps as many finished tasks as it is told and forgets the oldest", async () => {
    await open({ nodes: two, config: { finishedKept: 2 } });
    const ids: string[] = [];
    for (let index = 0; index < 4; index++) {
      const { id } = await world.submit();
      ids.push(id);
      await world.reaches(id, "succeeded");
    }
    await world.clock.advance(6_000);
    expect((await world.tasks()).map(({ id }) => id)).toEqual([ids[3], ids[2]]);
  });
});

describe("when a node is lost", () => {
  it("a task that may run twice goes elsewhere, and its old execution is ended when the node returns", async () => {
    await open({ nodes: two, behaviour: long });
    const task = await world.submit();
    const node = await onNode(task);
    await world.during(world.fleet.agent(node).disconnect());
    await world.until(async () => (await world.task(task.id)).node === other(node));
    expect(await world.reaches(task.id, "running")).toMatchObject({ attempt: 2, executionId: `${task.id}.2` });
    await world.during(world.fleet.agent(node).connect());
    await world.until(async () => world.fleet.agent(node).holds.length === 0);
    expect(world.fleet.agent(node).cancelled).toEqual([`${task.id}.1`]);
    expect(await world.task(task.id)).toMatchObject({ status: "running", executionId: `${task.id}.2` });
  });

  it("a task with nowhere else to go is taken back when its node returns with it", async () => {
    await open({ nodes: [nodeRecord("a")], behaviour: () => ({ durationMs: 20_000 }) });
    const task = await world.submit();
    await onNode(task);
    await world.during(world.fleet.agent("a").disconnect());
    await world.reaches(task.id, "queued");
    await world.during(world.fleet.agent("a").connect());
    expect(await world.reaches(task.id, "succeeded")).toMatchObject({ attempt: 1, executionId: `${task.id}.1` });
    expect(world.fleet.lines.get(task.id)).toHaveLength(1);
  });

  it("the first attempt that finishes decides, and the other is ended", async () => {
    let starts = 0;
    await open({ nodes: two, behaviour: () => ({ durationMs: ++starts === 1 ? 8_000 : 600_000 }) });
    const task = await world.submit();
    const node = await onNode(task);
    await world.during(world.fleet.agent(node).disconnect());
    await world.clock.advance(10_000);
    expect(await world.task(task.id)).toMatchObject({ status: "running", attempt: 2 });
    await world.during(world.fleet.agent(node).connect());
    expect(await world.reaches(task.id, "succeeded")).toMatchObject({ executionId: `${task.id}.1`, node });
    await world.until(async () => world.fleet.agent(other(node)).holds.length === 0);
  });

  it("a task that may not run twice stays its own when the node returns in time", async () => {
    await open({ nodes: two, behaviour: () => ({ durationMs: 5_000 }) });
    const task = await world.submit({ duplicates: "forbidden" });
    const node = await onNode(task);
    await world.during(world.fleet.agent(node).disconnect());
    await world.clock.advance(40_000);
    expect(await world.task(task.id)).toMatchObject({ status: "running", attempt: 1 });
    await world.during(world.fleet.agent(node).connect());
    await world.reaches(task.id, "succeeded");
    expect(world.fleet.lines.get(task.id)).toHaveLength(1);
  });

  it("a task that may not run twice ends as unknown, until its agent tells after all how it ended", async () => {
    await open({ nodes: two, behaviour: () => ({ durationMs: 200_000 }) });
    const task = await world.submit({ duplicates: "forbidden" });
    const node = await onNode(task);
    await world.during(world.fleet.agent(node).disconnect());
    expect((await world.reaches(task.id, "unknown")).reason).toContain("whether it ran is not known, and it may not run twice");
    await world.during(world.fleet.agent(node).connect());
    await world.reaches(task.id, "succeeded");
    expect(world.fleet.agent(node).cancelled).toEqual([]);
    expect(world.fleet.lines.get(task.id)).toHaveLength(1);
  });

  it("nothing that its killed agent ran is run again when it may not be", async () => {
    await open({ nodes: two, behaviour: () => ({ durationMs: 60_000 }) });
    const [once, again] = [await world.submit({ duplicates: "forbidden", node: "a" }), await world.submit({ node: "a" })];
    await Promise.all([onNode(once), onNode(again)]);
    await world.during(world.fleet.agent("a").die());
    await world.clock.advance(5_000);
    await world.during(world.fleet.agent("a").connect());
    expect((await world.reaches(once.id, "unknown")).reason).toBe("was interrupted: its agent ended while it ran on a");
    await world.reaches(again.id, "succeeded");
    expect([world.fleet.lines.get(once.id)?.length, world.fleet.lines.get(again.id)?.length]).toEqual([1, 2]);
  });

  it("a task that may not run twice is not given away because a later hand-over finds nobody: the first may have arrived", async () => {
    await open({ nodes: two, config: { resendMs: 1_000 }, behaviour: long });
    for (const agent of world.fleet.agents.values()) agent.mute = true;
    const { id } = await world.submit({ duplicates: "forbidden" });
    await world.until(async () => world.fleet.lines.has(id));
    const node = (await world.task(id)).node ?? "nowhere";
    await world.during(world.fleet.agent(node).disconnect());
    await world.fleet.tell(node, { status: "online" });
    await world.clock.advance(20_000);
    expect(await world.task(id)).toMatchObject({ status: "assigned", node });
    expect(world.fleet.agent(other(node)).assigned).toEqual([]);
  });

  it("that only seems online, a task goes elsewhere under the same execution id, because nobody got it", async () => {
    await open({ nodes: [nodeRecord("a")] });
    await world.during(world.fleet.agent("a").disconnect());
    await world.fleet.tell("a", { status: "online" });
    const { id } = await world.submit({ duplicates: "forbidden" });
    await world.until(async () => (await reasonOf(id)).startsWith("waits: 0 of 1 nodes can take it; 1 that failed it or cannot be reached"));
    await world.during(world.fleet.agent("a").connect());
    expect(await world.reaches(id, "succeeded")).toMatchObject({ attempt: 1, executionId: `${id}.1` });
  });
});

describe("moving tasks", () => {
  const heat = async (node: string, temperatureCelsius: number, thermalState: "normal" | "hot"): Promise<void> => {
    const { state } = world.fleet.record(node);
    await world.fleet.tell(node, { state: state && { ...state, temperatureCelsius, thermalState } });
  };

  it("a task leaves a node that overheats, and stays where it went when both are hot", async () => {
    await open({ nodes: two, behaviour: long });
    const task = await world.submit();
    const node = await onNode(task);
    await world.clock.advance(61_000);
    await heat(node, 62, "hot");
    await world.until(async () => (await world.task(task.id)).node === other(node));
    const left = (await world.task(task.id)).placement?.refused.find((refused) => refused.node === node)?.refusal;
    expect(left).toMatchObject({ rule: "thermal", message: expect.stringContaining(`${node} is hot at 62 C; ${other(node)} scores `) });
    await world.until(async () => world.fleet.agent(node).holds.length === 0);
    await heat(other(node), 62, "hot");
    await world.clock.advance(300_000);
    expect(await world.task(task.id)).toMatchObject({ attempt: 2, node: other(node), status: "running" });
    const answer = await world.during(world.client.call(listMoves, {}));
    expect(answer.ok && answer.value.moves).toMatchObject([
      { taskId: task.id, command: "true", from: node, to: other(node), reason: expect.stringContaining(`${node} is hot at 62 C; `) },
    ]);
  });

  it("nothing moves when the score does not know heat", async () => {
    const cold = { fog: without(profiles.fog, "heat"), tiers: without(profiles.tiers, "heat") };
    await open({ nodes: two, behaviour: long, profiles: cold });
    const task = await world.submit();
    const node = await onNode(task);
    await world.clock.advance(61_000);
    await heat(node, 62, "hot");
    await world.clock.advance(300_000);
    expect(await world.task(task.id)).toMatchObject({ attempt: 1, node });
  });

  it("a draining node is left at once by what may run twice, and not by what may not", async () => {
    await open({ nodes: two, behaviour: long });
    const [free, bound] = [await world.submit(), await world.submit({ duplicates: "forbidden" })];
    const nodes = [await onNode(free), await onNode(bound)];
    for (const node of new Set(nodes)) await world.fleet.tell(node, { draining: true });
    const empty = ["a", "b"].find((node) => !nodes.includes(node));
    if (empty === undefined) await world.fleet.tell(other(nodes[0] ?? null), { draining: false });
    const goal = empty ?? other(nodes[0] ?? null);
    await world.until(async () => (await world.task(free.id)).node === goal);
    await world.clock.advance(60_000);
    expect(await world.task(bound.id)).toMatchObject({ node: nodes[1], attempt: 1, status: "running" });
  });

  it("a task that was just placed stays for a while although its node is hot", async () => {
    await open({ nodes: two, behaviour: long });
    const task = await world.submit();
    const node = await onNode(task);
    await heat(node, 62, "hot");
    await world.clock.advance(30_000);
    expect(await world.task(task.id)).toMatchObject({ attempt: 1, node });
    await world.clock.advance(40_000);
    expect(await world.task(task.id)).toMatchObject({ attempt: 2, node: other(node) });
  });
});

describe("two replicas on one database", () => {
  it("hand a task over once, and the second takes over when the first dies", async () => {
    await open({ nodes: two, behaviour: () => ({ durationMs: 2_000 }) });
    const first = world.life;
    await world.startScheduler(undefined, "scheduler-2");
    const one = await world.submit();
    await world.reaches(one.id, "succeeded");
    expect(world.fleet.lines.get(one.id)).toEqual([`${one.id}.1`]);
    first.kill();
    const later = await world.submit();
    await world.reaches(later.id, "succeeded");
    expect([...world.fleet.agent("a").assigned, ...world.fleet.agent("b").assigned].sort()).toEqual([`${one.id}.1`, `${later.id}.1`].sort());
  });
});
