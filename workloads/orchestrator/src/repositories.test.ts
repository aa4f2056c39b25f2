import { DeploymentSpec } from "@fogline/contracts";
import { seededRandom, virtualClock } from "@fogline/fakes";
import { type Database, migrate } from "@fogline/ports";
import { openPostgres } from "@fogline/postgres";
import { type PrivateServer, postgresBinaries, startPrivateServer } from "@fogline/postgres/private-server";
import { openSqlite } from "@fogline/sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Deployments } from "./deployments/repository.ts";
import { changesKeptMax, historyOf, pruneChanges } from "./nodes/history.ts";
import { NodeRegistry } from "./nodes/registry.ts";
import { hourMs, hourOf, pruneHours, utilisationPage } from "./nodes/utilisation.ts";
import { type OrchestratorSchema, orchestratorMigrations } from "./schema.ts";
import { declaration, hello, startMs, state } from "./testing/hub.ts";

/** What every database must keep and refuse, whatever its dialect. */
const suite = (open: () => Promise<Database<OrchestratorSchema>>) => {
  const clock = virtualClock(startMs);
  let database: Database<OrchestratorSchema>;
  const events: unknown[] = [];
  const emit = async (_transaction: unknown, data: unknown) => void events.push(data);
  const committed = () => {};
  const random = seededRandom(1);
  const nodes = () => new NodeRegistry({ database, clock, random, emit, committed });
  const deployments = () => new Deployments({ database, emit, committed });
  const spec = DeploymentSpec.parse({ name: "web", replicas: 2, task: { command: ["serve"] } });
  const create = (id: string) => deployments().create({ id, spec, createdAtMs: startMs }, async () => {});

  beforeAll(async () => {
    database = await open();
    await migrate(database, orchestratorMigrations);
  });
  afterAll(() => database.close());

  it("keeps a node with its state and times", async () => {
    await nodes().register(declaration("pi-1"));
    const connected = await nodes().connect(hello("pi-1"));
    expect(await nodes().get("pi-1")).toEqual(connected);
    expect(connected).toMatchObject({ status: "online", statusSinceMs: startMs, lastSeenAtMs: startMs, state, version: 2 });
  });

  it("counts every change of a node once, also when they come together", async () => {
    const registry = nodes();
    await registry.register(declaration("pi-2"));
    await Promise.all(["a", "b", "c", "d"].map((ring) => registry.register(declaration("pi-2", { ring }))));
    expect((await registry.get("pi-2"))?.version).toBe(5);
  });

  it("counts silence by what this process could hear, whatever the wall clock says", async () => {
    let jumpMs = 0;
    const monotonic = virtualClock(0);
    const jumping = { ...monotonic, now: () => startMs + jumpMs };
    const open = () => new NodeRegistry({ database, clock: jumping, random, emit, committed });
    const registry = open();
    await registry.heartbeat({ id: "pi-1", state, executions: [] });
    for (jumpMs of [3_600_000, -3_600_000]) expect(registry.silentMs("pi-1")).toBe(0);
    await monotonic.advance(31_000);
    expect(registry.silentMs("pi-1")).toBe(31_000);
    const restarted = open();
    await monotonic.advance(1_000);
    expect(restarted.silentMs("pi-1")).toBe(1_000);
  });

  it("writes what heartbeats brought when it is flushed", async () => {
    const registry = nodes();
    await registry.heartbeat({ id: "pi-1", state: { ...state, temperatureCelsius: 80 }, executions: ["t.1"] });
    expect((await nodes().get("pi-1"))?.state?.temperatureCelsius).toBe(45);
    await registry.flush();
    expect(await nodes().get("pi-1")).toMatchObject({ state: { temperatureCelsius: 80 }, executions: ["t.1"] });
  });

  it("keeps every change of a node's status, up to a limit and an age, and the one in force at that age", async () => {
    const registry = nodes();
    await registry.register(declaration("flaps"));
    const history = () => historyOf(database.kysely, "flaps", 0, clock.now());
    await clock.advance(10_000);
    await registry.connect(hello("flaps"));
    await registry.connect(hello("flaps"));
    expect((await history()).changes.map(({ atMs, status }) => [atMs - startMs, status])).toEqual([
      [0, "never-seen"],
      [10_000, "online"],
    ]);
    for (let time = 0; time < changesKeptMax / 2; time += 1) {
      await clock.advance(1_000);
      await registry.disconnect("flaps", "c1", "it closed");
      await clock.advance(1_000);
      await registry.connect(hello("flaps"));
    }
    const full = await history();
    expect(full.changes).toHaveLength(changesKeptMax);
    expect(full).toMatchObject({ outages: changesKeptMax / 2, offlineMs: (changesKeptMax / 2) * 1_000 });
    await pruneChanges(database.kysely, clock.now() - 10_500);
    expect((await history()).changes.map(({ status }) => status)).toEqual(
      ["suspect", ...Array(5).fill(["online", "suspect"]).flat(), "online"].slice(-12),
    );
    await pruneChanges(database.kysely, clock.now() + 1);
    expect((await history()).changes.map(({ status }) => status)).toEqual(["online"]);
    await registry.remove("flaps");
    expect((await history()).changes).toEqual([]);
  });

  it("adds up the CPU use of an hour over several writes and processes, and forgets old hours", async () => {
    const registry = nodes();
    await registry.register(declaration("busy-1"));
    const page = (hours: number) => utilisationPage(database.kysely, { hours, limit: 1, after: "busy-0" }, clock.now(), async () => {});
    const beat = (from: NodeRegistry, cpuPercent: number) => from.heartbeat({ id: "busy-1", state: { ...state, cpuPercent }, executions: [] });
    await beat(registry, 10);
    await registry.flush();
    await beat(registry, 20);
    await registry.flush();
    // A process that starts anew in the same hour goes on with it.
    const restarted = nodes();
    await beat(restarted, 60);
    await restarted.flush();
    expect((await page(2)).nodes).toEqual([{ id: "busy-1", site: "lab", cpuPercent: [null, 30] }]);
    await pruneHours(database.kysely, hourOf(clock.now()) + hourMs);
    expect((await page(1)).nodes).toEqual([{ id: "busy-1", site: "lab", cpuPercent: [null] }]);
    await registry.remove("busy-1");
  });

  it("loses nothing that was heard when a write fails", async () => {
    let broken = true;
    const failing: Database<OrchestratorSchema> = {
      ...database,
      transaction: (work) => (broken ? Promise.reject(new Error("the disk is full")) : database.transaction(work)),
    };
    const registry = new NodeRegistry({ database: failing, clock, random, emit, committed });
    await registry.heartbeat({ id: "pi-1", state: { ...state, cpuPercent: 70, temperatureCelsius: 81 }, executions: [] });
    await expect(registry.flush()).rejects.toThrow("the disk is full");
    broken = false;
    await registry.flush();
    expect((await nodes().get("pi-1"))?.state?.temperatureCelsius).toBe(81);
    const { nodes: found } = await utilisationPage(database.kysely, { hours: 1, limit: 100 }, clock.now(), async () => {});
    expect(found.find(({ id }) => id === "pi-1")?.cpuPercent[0]).toBeGreaterThan(0);
  });

  it("keeps one deployment of a name that is not stopped", async () => {
    expect(await create("d-1")).toMatchObject({ id: "d-1", version: 1 });
    expect(await create("d-2")).toBeUndefined();
    await deployments().change("d-1", () => ({ stopped: true }));
    expect(await create("d-3")).toMatchObject({ id: "d-3" });
    expect((await deployments().list()).map(({ id, record }) => [id, record.status])).toEqual([
      ["d-1", "stopped"],
      ["d-3", "progressing"],
    ]);
  });

  it("keeps replicas, finds the deployment of a task, and tells only what shows", async () => {
    const replica = { index: 0, generation: 0, requested: true, taskId: "t-1", taskStatus: "running", taskNode: "pi-1" } as const;
    const more = { taskVersion: 3, failures: 0, retryAtMs: startMs, problem: null };
    const before = events.length;
    await deployments().change("d-3", () => ({ replicas: [{ ...replica, ...more }] }));
    expect(events.length).toBe(before + 1);
    await deployments().change("d-3", () => ({ replicas: [{ ...replica, ...more, failures: 1 }] }));
    expect(events.length).toBe(before + 1);
    expect(await deployments().ofTask("t-1")).toBe("d-3");
    expect((await deployments().get("d-3"))?.replicas).toEqual([{ ...replica, ...more, failures: 1 }]);
  });

  it("writes nothing when its event cannot be written", async () => {
    const broken = new NodeRegistry({ database, clock, random, committed, emit: async () => Promise.reject(new Error("full")) });
    await expect(broken.register(declaration("pi-9"))).rejects.toThrow("full");
    await expect(broken.drain("pi-1", true)).rejects.toThrow("full");
    expect(await nodes().get("pi-9")).toBeUndefined();
    expect((await nodes().get("pi-1"))?.draining).toBe(false);
  });
};

describe("the repositories on SQLite", () => suite(async () => openSqlite<OrchestratorSchema>(":memory:")));

const binaries = postgresBinaries();
describe.skipIf(binaries === undefined)("the repositories on PostgreSQL", () => {
  let server: PrivateServer;
  beforeAll(async () => {
    server = await startPrivateServer(binaries ?? "");
  });
  afterAll(() => server.stop());
  suite(async () => openPostgres<OrchestratorSchema>(await server.createSpace()));
});
