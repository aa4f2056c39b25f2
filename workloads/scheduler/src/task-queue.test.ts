import { TaskSpec, taskChanged } from "@fogline/contracts";
import { seededRandom, type VirtualClock, virtualClock } from "@fogline/fakes";
import { type Database, migrate } from "@fogline/ports";
import { openPostgres } from "@fogline/postgres";
import { type PrivateServer, postgresBinaries, startPrivateServer } from "@fogline/postgres/private-server";
import { outboxMigration } from "@fogline/rpc";
import { openSqlite } from "@fogline/sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FenceLost } from "./fence.ts";
import { movesKeptMax } from "./moves.ts";
import { type SchedulerSchema, schedulerMigrations } from "./schema.ts";
import { TaskQueue } from "./task-queue.ts";

const spec = (change: Partial<TaskSpec> = {}): TaskSpec => ({ ...TaskSpec.parse({ command: ["true"] }), ...change });
const placement = { decidedAtMs: 1, profile: "fog", chosen: null, candidates: [], refused: [] };

/** What every database must give the queue. */
const taskQueueSuite = (name: string, open: () => Promise<Database<SchedulerSchema>>): void => {
  describe(`the task queue on ${name}`, () => {
    let database: Database<SchedulerSchema>;
    let clock: VirtualClock;
    let queue: TaskQueue;

    beforeEach(async () => {
      database = await open();
      await migrate(database, [outboxMigration, ...schedulerMigrations]);
      clock = virtualClock(1_800_000_000_000);
      queue = new TaskQueue({ database, clock, random: seededRandom(7), source: "scheduler-1" });
      await queue.raiseFence(1);
    });
    afterEach(() => database.close());

    const create = async (change: Partial<TaskSpec> = {}): Promise<string> => {
      const created = await queue.create(spec(change), { limit: 100 });
      if (created.kind === "full") throw new Error("the queue is full");
      await clock.advance(1_000);
      return created.task.id;
    };
    const events = async (): Promise<{ event: string; status: string }[]> => {
      const outbox = database.kysely as unknown as import("kysely").Kysely<{ rpc_outbox: { sequence: number; event: string; envelope: string } }>;
      const rows = await outbox.selectFrom("rpc_outbox").selectAll().orderBy("sequence").execute();
      return rows.map(({ event, envelope }) => ({ event, status: JSON.parse(envelope).data.task.status as string }));
    };
    const finish = { status: "finished", outcome: "exited", exitCode: 0, stdout: "hello\n" } as const;
    const reported = (id: string, node: string) => ({ kind: "reported", executionId: `${id}.1`, node, report: finish }) as const;

    it("keeps what it was given, with times in milliseconds", async () => {
      const id = await create({ env: { GREETING: "grüß" }, timeoutMs: null });
      expect(await queue.get(id)).toMatchObject({
        spec: { env: { GREETING: "grüß" }, timeoutMs: null },
        status: "queued",
        createdAtMs: 1_800_000_000_000,
        version: 1,
      });
    });

    it("stores each change with its event, and nothing for an input that came too late", async () => {
      const id = await create();
      await queue.change(id, { kind: "assigned", node: "a" }, { fence: 1, placement: { ...placement, chosen: "a" } });
      const report = { executionId: `${id}.1`, taskId: id, atMs: 5, ...finish };
      await queue.change(id, reported(id, "a"), { report });
      expect((await queue.change(id, reported(id, "a"), { report })).effect).toBe("ignored");
      expect(await queue.get(id)).toMatchObject({
        status: "succeeded",
        node: "a",
        version: 3,
        placement: { chosen: "a" },
        result: { stdout: "hello\n", finishedAtMs: 5 },
        startedAtMs: 1_800_000_001_000,
        finishedAtMs: 1_800_000_001_000,
      });
      expect(await events()).toEqual([
        { event: taskChanged.name, status: "queued" },
        { event: taskChanged.name, status: "assigned" },
        { event: taskChanged.name, status: "succeeded" },
      ]);
    });

    it("keeps the result of an attempt that no longer decides its task beside it", async () => {
      const id = await create();
      await queue.change(id, { kind: "assigned", node: "a" });
      await queue.change(id, { kind: "cancelled", reason: "enough" });
      const report = { executionId: `${id}.1`, taskId: id, atMs: 5, ...finish };
      expect(await queue.change(id, reported(id, "a"), { report })).toMatchObject({
        effect: "recorded",
        task: { status: "cancelled", result: null },
      });
      const row = await database.kysely.selectFrom("executions").selectAll().where("id", "=", `${id}.1`).executeTakeFirstOrThrow();
      expect(JSON.parse(row.result ?? "null")).toMatchObject({ stdout: "hello\n" });
    });

    it("takes back an execution that nobody got, and gives its id to the next", async () => {
      const id = await create();
      await queue.change(id, { kind: "assigned", node: "a" });
      await queue.change(id, { kind: "withdrawn", executionId: `${id}.1`, reason: "nobody" });
      expect(await queue.get(id)).toMatchObject({ status: "queued", attempt: 0, node: null, executionId: null });
      await queue.change(id, { kind: "assigned", node: "b" });
      expect(await queue.get(id)).toMatchObject({ status: "assigned", attempt: 1, node: "b", executionId: `${id}.1` });
    });

    it("writes down where a task came first and where it moved, each with its reason, newest first", async () => {
      const id = await create({ command: ["sleep", "600"] });
      const candidates = [{ node: "a", score: 50, parts: [] }];
      await queue.change(id, { kind: "assigned", node: "a" }, { placement: { ...placement, chosen: "a", candidates } });
      await queue.change(id, reported(id, "a"), {}).then(() => undefined);
      const other = await create({ command: ["serve"] });
      await queue.change(other, { kind: "assigned", node: "a" }, { placement: { ...placement, chosen: "a", candidates } });
      await queue.change(other, { kind: "held", executionId: `${other}.1`, node: "a" });
      await clock.advance(1_000);
      await queue.change(other, { kind: "moved", executionId: `${other}.1`, node: "b", reason: "a is hot at 58 C; b scores 60.0, a 25.0" });
      await clock.advance(1_000);
      await queue.change(other, { kind: "nodeLost", executionId: `${other}.2`, reason: "b is offline: silent for 90 s; it runs again elsewhere" });
      await queue.wait(other, "waits: 0 of 1 nodes can take it", placement, 1);
      await clock.advance(1_000);
      await queue.change(other, { kind: "assigned", node: "c" });
      const at = (seconds: number) => 1_800_000_000_000 + seconds * 1_000;
      const moved = [
        {
          ...{ atMs: at(5), taskId: other, command: "serve", from: "b", to: "c" },
          reason: "b is offline: silent for 90 s; it runs again elsewhere",
        },
        { atMs: at(3), taskId: other, command: "serve", from: "a", to: "b", reason: "a is hot at 58 C; b scores 60.0, a 25.0" },
      ];
      expect(await queue.moves({ movedOnly: true, limit: 10 })).toEqual({ moves: moved, nextBeforeMs: null });
      expect((await queue.moves({ movedOnly: false, limit: 10 })).moves.map(({ command, from, to, reason }) => [command, from, to, reason])).toEqual([
        ["serve", "b", "c", "b is offline: silent for 90 s; it runs again elsewhere"],
        ["serve", "a", "b", "a is hot at 58 C; b scores 60.0, a 25.0"],
        ["serve", null, "a", "a alone can take it"],
        ["sleep 600", null, "a", "a alone can take it"],
      ]);
      expect((await queue.moves({ movedOnly: true, limit: 10, sinceMs: at(4) })).moves).toHaveLength(1);
    });

    it("calls another attempt on the same node no move, nor a placement that reached nobody", async () => {
      const id = await create();
      await queue.change(id, { kind: "assigned", node: "a" });
      await queue.change(id, { kind: "withdrawn", executionId: `${id}.1`, reason: "nobody answers" });
      await queue.change(id, { kind: "assigned", node: "b" });
      await queue.change(id, { kind: "held", executionId: `${id}.1`, node: "b" });
      await queue.change(id, { kind: "nodeLost", executionId: `${id}.1`, reason: "b lives and no longer holds it" });
      await queue.change(id, { kind: "assigned", node: "b" });
      expect((await queue.moves({ movedOnly: false, limit: 10 })).moves.map(({ from, to }) => [from, to])).toEqual([[null, "b"]]);
    });

    it("pages moves by time and parts none of the same moment", async () => {
      const ids: string[] = [];
      for (const node of ["a", "b", "c", "d", "e"]) {
        const created = await queue.create(spec(), { limit: 100 });
        if (created.kind === "full") throw new Error("the queue is full");
        ids.push(created.task.id);
        await queue.change(created.task.id, { kind: "assigned", node });
        // Three at the same moment, then one a second.
        if (ids.length >= 3) await clock.advance(1_000);
      }
      const pages: string[][] = [];
      for (let beforeMs: number | undefined; ; ) {
        const { moves, nextBeforeMs } = await queue.moves({ movedOnly: false, limit: 2, beforeMs });
        pages.push(moves.map(({ to }) => to));
        if (nextBeforeMs === null) break;
        beforeMs = nextBeforeMs;
      }
      expect(pages.map((page) => page.toSorted())).toEqual([["d", "e"], ["a", "b", "c"], []]);
    });

    it("forgets moves after thirty days", async () => {
      await queue.change(await create(), { kind: "assigned", node: "a" });
      await clock.advance(29 * 86_400_000);
      await queue.change(await create(), { kind: "assigned", node: "b" });
      await queue.prune(100, 1);
      expect((await queue.moves({ movedOnly: false, limit: 10 })).moves).toHaveLength(2);
      await clock.advance(86_400_000);
      await queue.prune(100, 1);
      expect((await queue.moves({ movedOnly: false, limit: 10 })).moves.map(({ to }) => to)).toEqual(["b"]);
    });

    it("keeps the newest moves when there are too many", async () => {
      const rows = Array.from({ length: movesKeptMax + 5 }, (_, index) => ({
        ...{ task_id: "t", attempt: index, at_ms: 1_800_000_000_000 + index, from_node: "a", to_node: "b", command: "x", reason: "y" },
      }));
      for (let start = 0; start < rows.length; start += 1_000) {
        await database.kysely
          .insertInto("moves")
          .values(rows.slice(start, start + 1_000))
          .execute();
      }
      await queue.prune(100, 1);
      const left = await database.kysely.selectFrom("moves").select("attempt").orderBy("attempt").execute();
      expect([left.length, left[0]?.attempt]).toEqual([movesKeptMax, 5]);
    });

    it("ends a page of moves before it is too large to travel", async () => {
      const rows = Array.from({ length: 1_001 }, (_, index) => ({
        ...{ task_id: `t-${index}`, attempt: 1, at_ms: 1_800_000_000_000 + index, from_node: "a", to_node: "b" },
        ...{ command: "ü".repeat(200), reason: "\u0001".repeat(300) },
      }));
      for (let start = 0; start < rows.length; start += 500) {
        await database.kysely
          .insertInto("moves")
          .values(rows.slice(start, start + 500))
          .execute();
      }
      const page = await queue.moves({ movedOnly: true, limit: 1_000 });
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(200_000);
      expect(page.moves.length).toBeGreaterThan(50);
      expect(page.nextBeforeMs).toBe(page.moves.at(-1)?.atMs);
    });

    it("refuses the writes of a replica that no longer runs the loop", async () => {
      const id = await create();
      expect(await queue.raiseFence(2)).toBe(true);
      await expect(queue.change(id, { kind: "assigned", node: "a" }, { fence: 1 })).rejects.toThrow(FenceLost);
      await expect(queue.wait(id, "because", placement, 1)).rejects.toThrow(FenceLost);
      expect(await queue.raiseFence(1)).toBe(false);
      expect(await queue.get(id)).toMatchObject({ status: "queued", version: 1 });
    });

    it("says why a task waits, once for each reason", async () => {
      const id = await create();
      await queue.wait(id, "no nodes", placement, 1);
      await queue.wait(id, "no nodes", placement, 1);
      expect(await queue.get(id)).toMatchObject({ reason: "no nodes", version: 2, placement });
    });

    it("takes no more than its limit, and stores nothing of what it refuses", async () => {
      await create();
      let remembered = false;
      const refused = await queue.create(spec(), {
        limit: 1,
        remember: async () => {
          remembered = true;
        },
      });
      expect(refused).toEqual({ kind: "full", queued: 1, limit: 1 });
      expect(remembered).toBe(false);
      expect(await events()).toHaveLength(1);
    });

    it("stores nothing when what belongs into the same transaction fails", async () => {
      const failing = queue.create(spec(), { limit: 1, remember: () => Promise.reject(new Error("no")) });
      await expect(failing).rejects.toThrow("no");
      expect(await queue.open()).toEqual([]);
      expect(await events()).toEqual([]);
    });

    it("lists open tasks most urgent first, then oldest first", async () => {
      const [low, old, young, done] = [await create({ priority: 1 }), await create(), await create(), await create({ priority: 9 })];
      await queue.change(done, { kind: "cancelled", reason: "enough" });
      expect((await queue.open()).map(({ row }) => row.id)).toEqual([old, young, low]);
    });

    it("lists tasks newest first in pages, by status and by node", async () => {
      const [first, second, third] = [await create(), await create(), await create()];
      await queue.change(second, { kind: "assigned", node: "a" });
      const page = await queue.list({ limit: 2 });
      expect([page.tasks.map(({ id }) => id), page.next]).toEqual([[third, second], second]);
      const rest = await queue.list({ limit: 2, after: page.next ?? "" });
      expect([rest.tasks.map(({ id }) => id), rest.next]).toEqual([[first], null]);
      expect((await queue.list({ limit: 9, status: "queued" })).tasks.map(({ id }) => id)).toEqual([third, first]);
      expect((await queue.list({ limit: 9, node: "a" })).tasks.map(({ id }) => id)).toEqual([second]);
    });

    it("ends a page before it is too large to travel, and shortens what a large task printed", async () => {
      for (let index = 0; index < 4; index++) {
        const id = await create({ env: { FILL: "x".repeat(30_000) } });
        await queue.change(id, { kind: "assigned", node: "a" });
        const report = { executionId: `${id}.1`, taskId: id, atMs: 5, ...finish, stdout: "y".repeat(60_000) };
        await queue.change(id, reported(id, "a"), { report });
        expect((await queue.get(id))?.result?.stdout).toHaveLength(60_000);
      }
      const page = await queue.list({ limit: 1_000 });
      expect(JSON.stringify(page).length).toBeLessThan(256 * 1_024);
      expect(page.tasks[0]?.result).toMatchObject({ outputTruncated: true });
      const wide = await Promise.all(Array.from({ length: 6 }, () => create({ env: { FILL: "x".repeat(32_000) } })));
      const first = await queue.list({ limit: 1_000, status: "queued" });
      expect(first.tasks.length).toBeLessThan(wide.length);
      expect(first.next).toBe(first.tasks.at(-1)?.id);
    });

    it("tells how the executions stand that a node lists", async () => {
      const id = await create();
      await queue.change(id, { kind: "assigned", node: "a" });
      const held = await queue.held([`${id}.1`, "stranger.1"]);
      expect([...held]).toEqual([[`${id}.1`, { node: "a", status: "assigned", taskStatus: "assigned", isCurrent: true }]]);
    });

    it("forgets the oldest finished tasks above its limit, with their executions", async () => {
      const ids = [await create(), await create(), await create()];
      for (const id of ids) {
        await queue.change(id, { kind: "assigned", node: "a" });
        await queue.change(id, { kind: "cancelled", reason: "enough" });
      }
      expect(await queue.prune(1, 1)).toBe(2);
      expect((await queue.list({ limit: 9 })).tasks.map(({ id }) => id)).toEqual([ids[2]]);
      expect((await database.kysely.selectFrom("executions").select("id").execute()).map(({ id }) => id)).toEqual([`${ids[2]}.1`]);
    });

    it("counts tasks by status", async () => {
      await create();
      const id = await create();
      await queue.change(id, { kind: "cancelled", reason: "enough" });
      expect(await queue.counts()).toEqual({ queued: 1, cancelled: 1 });
    });

    it("assigns a task once when two replicas of the loop try at the same time", async () => {
      const id = await create();
      const both = await Promise.all(["a", "b"].map((node) => queue.change(id, { kind: "assigned", node }, { fence: 1 })));
      expect(both.map(({ effect }) => effect).sort()).toEqual(["changed", "ignored"]);
    });
  });
};

taskQueueSuite("SQLite", async () => openSqlite(":memory:"));

const binaries = postgresBinaries();
describe.skipIf(binaries === undefined)(binaries === undefined ? "PostgreSQL (skipped: not installed)" : "with PostgreSQL", () => {
  let server: PrivateServer;
  beforeAll(async () => {
    server = await startPrivateServer(binaries ?? "");
  });
  afterAll(() => server.stop());
  taskQueueSuite("PostgreSQL", async () => openPostgres(await server.createSpace()));
});
