import { DeploymentSpec } from "@fogline/contracts";
import { seededRandom, virtualClock } from "@fogline/fakes";
import { type Database, migrate } from "@fogline/ports";
import { openPostgres } from "@fogline/postgres";
import { type PrivateServer, postgresBinaries, startPrivateServer } from "@fogline/postgres/private-server";
import { openSqlite } from "@fogline/sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Deployments } from "./deployments/repository.ts";
import { NodeRegistry } from "./nodes/registry.ts";
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
