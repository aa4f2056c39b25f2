import { setTimeout as pause } from "node:timers/promises";
import { type HubClient, hubClient } from "@fogline/cli";
import { createTask, listNodes, listTasks, type TaskRecord, type TaskStatus } from "@fogline/contracts";
import { seededRandom } from "@fogline/fakes";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AgentProcess, freePort, startAgentService } from "./testing/agent.ts";
import { bundled } from "./testing/bundled.ts";
import { type Death, deaths, type End, planEnds } from "./testing/deaths.ts";
import { eventually } from "./testing/eventually.ts";
import { adminTokenIn, makeDataFolder, removeDataFolder } from "./testing/hub.ts";
import { type Lines, makeLines } from "./testing/lines.ts";
import { type Life, type LifeOptions, liveUntil, startLife } from "./testing/mortal-hub.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

/** FOGLINE_SEED repeats a run as far as chance goes; when what happens stays the machine's own. */
const seed = Number(process.env.FOGLINE_SEED ?? 439_811);
const random = seededRandom(seed);
const killsMin = 50;
const tasksCount = 200;
/** Submitted at once, to run from then until the last kills; the others follow with each life, the last are kept for lives that are added. */
const tasksFirst = 100;
const tasksLast = deaths.length;
const sleepMsMax = { first: 50_000, later: 4_000 };
const nodes = ["pi-1", "pi-2", "pi-3"];
/** How long a ready hub may take to its place to die, in the plan and when the place was never reached in it. */
const patienceMs = 3_000;
const patienceMsMax = 20_000;
const open: ReadonlySet<TaskStatus> = new Set(["queued", "assigned", "running"]);

interface Submission {
  readonly key: string;
  readonly duplicates: "allowed" | "forbidden";
  readonly sleepMs: number;
}

describe(`a hub killed ${killsMin} times while ${tasksCount} tasks run (FOGLINE_SEED=${seed})`, () => {
  const submissions = Array.from(
    { length: tasksCount },
    (_, index): Submission => ({
      key: `key-${index}`,
      duplicates: index % 3 === 0 ? "forbidden" : "allowed",
      sleepMs: 100 + Math.floor(random.unit() * (index < tasksFirst ? sleepMsMax.first : sleepMsMax.later)),
    }),
  );
  const dataFolder = makeDataFolder();
  const agentsFolder = makeDataFolder();
  const agents: AgentProcess[] = [];
  /** What each key was answered. */
  const ids = new Map<string, string>();
  const reached = new Set<Death>();
  let repository: Repository;
  let lines: Lines;
  let options: LifeOptions;
  let life: Life | undefined;
  let kills = 0;

  const client = (): HubClient => hubClient({ url: `http://127.0.0.1:${options.httpPort}`, token: adminTokenIn(dataFolder) });

  /** Submits until it is answered, in whichever life of the hub that is. */
  const submit = async ({ key, duplicates, sleepMs }: Submission): Promise<string> => {
    const command = lines.command(key, `sleep ${sleepMs / 1_000}`);
    const spec = { command, duplicates, labels: { key }, cpuCores: 0.01, memoryBytes: 16 * 1024 ** 2 };
    for (;;) {
      try {
        return (await client().call(createTask, spec, { idempotencyKey: key })).id;
      } catch {
        await pause(100);
      }
    }
  };
  const waiting: Promise<void>[] = [];
  const submitUpTo = (count: number): void => {
    for (const submission of submissions.slice(waiting.length, count)) {
      waiting.push(submit(submission).then((id) => void ids.set(submission.key, id)));
    }
  };

  const allTasks = async (): Promise<TaskRecord[]> => {
    const found: TaskRecord[] = [];
    for (let after: string | null | undefined; after !== null; ) {
      const page = await client().call(listTasks, { limit: 1_000, ...(after === undefined ? {} : { after }) });
      found.push(...page.tasks);
      after = page.next;
    }
    return found;
  };

  const liveAndDie = async (end: End, msMax = patienceMs): Promise<void> => {
    const died = await liveUntil(end, options, msMax);
    kills += 1;
    if (died && "at" in end) reached.add(end.at);
  };

  /** A hub that lives until every agent is online for the first time; they have their certificates then. */
  const startAgents = async (): Promise<void> => {
    life = startLife(options);
    await life.ready;
    for (const nodeId of nodes)
      agents.push(await startAgentService({ nodeId, client: client(), agentPort: options.agentPort, dataFolder: agentsFolder }));
    await eventually("every agent is online", async () => {
      const online = await client().call(listNodes, { status: "online" });
      return nodes.every((id) => online.nodes.some((node) => node.id === id));
    });
    submitUpTo(tasksFirst);
    await eventually("tasks run", async () => (await client().call(listTasks, { status: "running" })).tasks.length >= 10);
    life.kill();
    await life.dead;
    kills += 1;
  };

  beforeAll(async () => {
    repository = makeRepository();
    repository.edit("clusters/fleet.yaml", "settings: { tasksPerNodeMax: 4 }", "settings: { tasksPerNodeMax: 100, loopMs: 500 }");
    repository.render();
    repository.commit("a hundred tasks on a node");
    lines = makeLines();
    const program = await bundled(new URL("./testing/hub-that-dies.ts", import.meta.url));
    options = { program, repository: repository.path, dataFolder, httpPort: await freePort(), agentPort: await freePort() };
  });
  afterAll(async () => {
    life?.kill();
    await life?.dead;
    for (const agent of agents) await agent.end();
    for (const folder of [dataFolder, agentsFolder]) removeDataFolder(folder);
    lines?.remove();
    repository?.remove();
  });

  it("ends every task, whenever it dies", { timeout: 600_000 }, async () => {
    const { onEmptyFolder, later } = planEnds(killsMin, random);
    for (const end of onEmptyFolder) await liveAndDie(end);
    await startAgents();
    for (const [index, end] of later.entries()) {
      submitUpTo(tasksFirst + Math.round(((tasksCount - tasksLast - tasksFirst) * (index + 1)) / later.length));
      await liveAndDie(end);
    }
    for (const at of deaths.filter((death) => !reached.has(death))) {
      submitUpTo(waiting.length + 1);
      await liveAndDie({ at, time: 1 }, patienceMsMax);
    }
    life = startLife(options);
    await life.ready;
    submitUpTo(tasksCount);
    await Promise.all(waiting);
    await eventually("every task has ended", async () => (await allTasks()).every(({ status }) => !open.has(status)));
  });

  it("died often enough, and at every place that has a name", () => {
    expect(kills).toBeGreaterThanOrEqual(killsMin);
    expect([...reached].sort()).toEqual([...deaths].sort());
  });

  it("made exactly one task of every key", async () => {
    const tasks = await allTasks();
    expect(tasks).toHaveLength(tasksCount);
    expect(Object.fromEntries(tasks.map(({ id, spec }) => [spec.labels.key, id]))).toEqual(Object.fromEntries(ids));
    for (const submission of submissions.slice(0, 20)) expect(await submit(submission)).toBe(ids.get(submission.key));
  });

  it("neither failed a task nor lost sight of one: their agents lived, and all of them had work", async () => {
    expect(agents.map(({ child }) => child.exitCode ?? child.signalCode)).toEqual(nodes.map(() => null));
    const tasks = await allTasks();
    const others = tasks.filter(({ status }) => status !== "succeeded");
    expect(others.map(({ spec, status, reason, attempt }) => ({ key: spec.labels.key, status, reason, attempt }))).toEqual([]);
    expect([...new Set(tasks.map(({ node }) => node))].sort()).toEqual(nodes);
  });

  it("has a line of every execution that decided a task, never two of one, and only one where a task may not run twice", async () => {
    for (const { id, spec, executionId } of await allTasks()) {
      const begun = lines.of(spec.labels.key ?? "");
      expect(begun).toContain(executionId);
      expect(new Set(begun).size).toBe(begun.length);
      expect(begun.every((line) => line.startsWith(`${id}.`))).toBe(true);
      if (spec.duplicates === "forbidden") expect(begun).toHaveLength(1);
    }
  });
});
