import { seededRandom } from "@fogline/fakes";
import { ok } from "@fogline/findings";
import { inProcessBus } from "@fogline/in-process";
import { type Database, migrate } from "@fogline/ports";
import { openPostgres } from "@fogline/postgres";
import { type PrivateServer, postgresBinaries, startPrivateServer } from "@fogline/postgres/private-server";
import { systemClock } from "@fogline/system";
import type { Generated } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { answersMigration, createClient, emit, handle, outboxMigration, serve, startRelay } from "./index.ts";
import { dishReady, order } from "./testing/kitchen.ts";

interface Schema {
  orders: { number: Generated<number>; dish: string };
}

const ordersMigration = {
  name: "orders",
  up: async (database: { schema: import("kysely").SchemaModule }) => {
    await database.schema
      .createTable("orders")
      .addColumn("number", "serial", (column) => column.primaryKey())
      .addColumn("dish", "text", (column) => column.notNull())
      .execute();
  },
};

const binaries = postgresBinaries();

describe.skipIf(binaries === undefined)("several replicas on one PostgreSQL", () => {
  let server: PrivateServer;
  beforeAll(async () => {
    server = await startPrivateServer(binaries ?? "");
  });
  afterAll(() => server.stop());

  const toStop: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of toStop.splice(0).reverse()) await stop();
  });

  /** Each replica has its own connections and its own bus for requests; events go over one bus. */
  const world = async () => {
    const url = await server.createSpace();
    const random = seededRandom(4);
    const events = inProcessBus({ clock: systemClock, random });
    const open = (): Database<Schema> => {
      const database = openPostgres<Schema>(url);
      toStop.push(() => database.close());
      return database;
    };
    const database = open();
    await migrate(database, [ordersMigration, answersMigration, outboxMigration]);
    const about = { clock: systemClock, random, source: "kitchen" };

    const replica = async (dies = false) => {
      const own = open();
      const bus = inProcessBus({ clock: systemClock, random });
      const takeOrder = handle(order, async ({ dish }, context) => {
        const response = await own.transaction(async (transaction) => {
          const { number } = await transaction.insertInto("orders").values({ dish }).returning("number").executeTakeFirstOrThrow();
          await context.remember(transaction, { number, dish });
          return { number, dish };
        });
        return dies ? new Promise<never>(() => {}) : ok(response);
      });
      const served = await serve(bus, [takeOrder], { ...about, database: own });
      toStop.push(() => served.stop(0));
      return createClient(bus, about);
    };
    const relay = () => {
      const started = startRelay({ database: open(), bus: events, clock: systemClock, random });
      toStop.push(() => started.stop());
      return started;
    };
    const orders = () => database.kysely.selectFrom("orders").selectAll().execute();
    return { database, about, events, replica, relay, orders };
  };

  it("give requests with one key, at the same time, one effect and one answer", async () => {
    const at = await world();
    const replicas = [await at.replica(), await at.replica(), await at.replica()];
    const answers = await Promise.all(replicas.map((client) => client.call(order, { dish: "soup" }, { idempotencyKey: "k1" })));
    expect(answers.every((answer) => answer.ok)).toBe(true);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await at.orders()).toHaveLength(1);
  });

  it("give the first answer after one of them died between commit and reply", async () => {
    const at = await world();
    const dying = await at.replica(true);
    const options = { idempotencyKey: "k1", timeoutMs: 300 };
    expect(await dying.call(order, { dish: "soup" }, options)).toMatchObject({ ok: false, failure: { error: "timeout" } });
    const [written] = await at.orders();
    const healthy = await at.replica();
    expect(await healthy.call(order, { dish: "soup" }, options)).toEqual({ ok: true, value: written });
    expect(await at.orders()).toHaveLength(1);
  });

  it("publish what all of them emit, each writer's events once and in order, while relays come and go", async () => {
    const at = await world();
    const perWriter = 60;
    const received = new Map<number, number[]>([
      [1, []],
      [2, []],
    ]);
    const all = Promise.withResolvers<void>();
    await createClient(at.events, at.about).on(dishReady, async ({ dish, table }) => {
      received.get(table)?.push(Number(dish));
      if ([...received.values()].every(({ length }) => length === perWriter)) all.resolve();
    });
    const [first] = [at.relay(), at.relay()];
    const write = async (table: number) => {
      for (let number = 0; number < perWriter; number++) {
        await at.database.transaction((transaction) => emit(transaction, dishReady, { dish: String(number), table }, at.about));
        first.wake();
        if (number === perWriter / 2) await first.stop();
      }
    };
    await Promise.all([write(1), write(2)]);
    await all.promise;
    const inOrder = Array.from({ length: perWriter }, (_, index) => index);
    expect([...received.values()]).toEqual([inOrder, inOrder]);
  });
});
