import { seededRandom, virtualClock } from "@fogline/fakes";
import { ok } from "@fogline/findings";
import { inProcessBus } from "@fogline/in-process";
import { migrate } from "@fogline/ports";
import { openSqlite } from "@fogline/sqlite";
import fc from "fast-check";
import type { Generated } from "kysely";
import { afterEach, describe, expect, it } from "vitest";
import { answersKeptMs, answersMigration, createClient, handle, serve } from "./index.ts";
import { during, order } from "./testing/kitchen.ts";

interface Schema {
  orders: { number: Generated<number>; dish: string };
}

const ordersMigration = {
  name: "orders",
  up: async (database: { schema: import("kysely").SchemaModule }) => {
    await database.schema
      .createTable("orders")
      .addColumn("number", "integer", (column) => column.primaryKey().autoIncrement())
      .addColumn("dish", "text", (column) => column.notNull())
      .execute();
  },
};

/** Where the process may die, as seen from one request. */
type CrashPoint = "before the transaction" | "inside the transaction" | "between commit and reply" | "nowhere";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const kitchen = async () => {
  const clock = virtualClock(1_000_000);
  const random = seededRandom(3);
  const database = openSqlite<Schema>(":memory:");
  open.push(database);
  await migrate(database, [ordersMigration, answersMigration]);
  const crashes: CrashPoint[] = [];

  /** One start of the service: its own bus and its own memory, the same database. */
  const start = async () => {
    const bus = inProcessBus({ clock, random });
    const at = { bus, clock, random, source: "kitchen" };
    const takeOrder = handle(order, async ({ dish }, context) => {
      const crash = crashes.shift() ?? "nowhere";
      const die = () => new Promise<never>(() => {});
      if (crash === "before the transaction") return die();
      const answer = await database.transaction(async (transaction) => {
        const { number } = await transaction.insertInto("orders").values({ dish }).returning("number").executeTakeFirstOrThrow();
        const response = { number, dish };
        await context.remember(transaction, response);
        if (crash === "inside the transaction") throw new Error("died");
        return response;
      });
      if (crash === "between commit and reply") return die();
      return ok(answer);
    });
    const served = await serve(bus, [takeOrder], { ...at, database });
    const client = createClient(bus, at);
    const send = (dish: string, key?: string, name = "ann") =>
      during(
        clock,
        client.call(order, { dish }, { timeoutMs: 300, principal: { name, role: "user" }, ...(key === undefined ? {} : { idempotencyKey: key }) }),
      );
    return { send, client, served };
  };
  const orders = () => database.kysely.selectFrom("orders").selectAll().execute();
  return { clock, database, crashes, start, orders };
};

describe("a request with an idempotency key", () => {
  it("has one effect and one answer, however often it is sent", async () => {
    const at = await kitchen();
    const { send } = await at.start();
    const first = await send("soup", "k1");
    expect(first).toEqual({ ok: true, value: { number: 1, dish: "soup" } });
    expect(await send("soup", "k1")).toEqual(first);
    expect(await at.orders()).toHaveLength(1);
  });

  it("has one effect when its duplicates arrive at the same time", async () => {
    const at = await kitchen();
    const { client } = await at.start();
    const answers = Array.from({ length: 5 }, () => client.call(order, { dish: "soup" }, { idempotencyKey: "k1" }));
    const values = await during(at.clock, Promise.all(answers));
    expect(new Set(values.map((value) => JSON.stringify(value)))).toEqual(new Set(['{"ok":true,"value":{"number":1,"dish":"soup"}}']));
    expect(await at.orders()).toHaveLength(1);
  });

  it("has one effect when two replicas get it at the same time", async () => {
    const at = await kitchen();
    const [one, two] = [await at.start(), await at.start()];
    const options = { idempotencyKey: "k1" };
    const answers = await during(
      at.clock,
      Promise.all([one.client.call(order, { dish: "soup" }, options), two.client.call(order, { dish: "soup" }, options)]),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(await at.orders()).toHaveLength(1);
  });

  it("that was used for another request is refused with FL4014", async () => {
    const at = await kitchen();
    const { send } = await at.start();
    await send("soup", "k1");
    expect(await send("cake", "k1")).toMatchObject({ ok: false, failure: { code: "FL4014" } });
    expect(await at.orders()).toHaveLength(1);
  });

  it("means nothing to another caller", async () => {
    const at = await kitchen();
    const { send } = await at.start();
    await send("soup", "k1", "ann");
    expect(await send("cake", "k1", "bob")).toMatchObject({ ok: true, value: { dish: "cake" } });
  });

  it("is kept for 48 hours", async () => {
    const at = await kitchen();
    const { send, served } = await at.start();
    await send("soup", "k1");
    await served.stop();
    await at.clock.advance(answersKeptMs - 10_000);
    const again = await at.start();
    await again.send("soup", "k1");
    expect(await at.orders()).toHaveLength(1);
    await at.clock.advance(10_000);
    await again.send("soup", "k1");
    expect(await at.orders()).toHaveLength(2);
  });

  it("gives a repetition the first answer and no second effect, wherever the service died before", async () => {
    const points: CrashPoint[] = ["before the transaction", "inside the transaction", "between commit and reply", "nowhere"];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...points), { maxLength: 5 }), fc.boolean(), async (crashes, replicas) => {
        const at = await kitchen();
        at.crashes.push(...crashes);
        const answers: unknown[] = [];
        const standing = replicas ? await at.start() : undefined;
        // Enough for one life more than there are deaths, also where every other request goes to a replica that hangs.
        for (let attempt = 0; attempt < 14; attempt++) {
          const { send } = (attempt % 2 === 0 ? standing : undefined) ?? (await at.start());
          const answer = await send("soup", "k1");
          if (answer.ok) answers.push(answer.value);
        }
        expect(answers.length).toBeGreaterThan(0);
        expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
        expect(await at.orders()).toHaveLength(1);
      }),
      { numRuns: 25, examples: [[Array.from({ length: 5 }, () => "before the transaction" as const), true]] },
    );
  });
});

describe("a request without a key", () => {
  it("has an effect each time", async () => {
    const at = await kitchen();
    const { send } = await at.start();
    await send("soup");
    await send("soup");
    expect(await at.orders()).toHaveLength(2);
  });
});

describe("serving an operation with keys", () => {
  it("needs a database", async () => {
    const clock = virtualClock();
    const random = seededRandom(1);
    const handler = handle(order, async () => ok({ number: 1, dish: "soup" }));
    await expect(serve(inProcessBus({ clock, random }), [handler], { clock, random, source: "kitchen" })).rejects.toThrow("was given no database");
  });
});
