import { type Clock, columnTypes, type Migration } from "@fogline/ports";
import type { ExpressionBuilder, Kysely, Transaction } from "kysely";
import type { AnyDatabase, AnyTransaction } from "./database.ts";
import { canonicalText } from "./json.ts";

/** How long an answer is kept for repeated requests. */
export const answersKeptMs = 48 * 3_600_000;
const purgeEachMs = 3_600_000;

interface AnswerRow {
  operation: string;
  principal: string;
  key: string;
  request_hash: string;
  answer: string;
  created_at_ms: number;
}
interface Tables {
  rpc_answers: AnswerRow;
}

/** The table of answers to requests that carried an idempotency key. Run it in every database that is given to `serve`. */
export const answersMigration: Migration = {
  name: "rpc-0001-answers",
  up: async (database, dialect) => {
    const { text, integer } = columnTypes(dialect);
    await database.schema
      .createTable("rpc_answers")
      .addColumn("operation", text, (column) => column.notNull())
      .addColumn("principal", text, (column) => column.notNull())
      .addColumn("key", text, (column) => column.notNull())
      .addColumn("request_hash", text, (column) => column.notNull())
      .addColumn("answer", text, (column) => column.notNull())
      .addColumn("created_at_ms", integer, (column) => column.notNull())
      .addPrimaryKeyConstraint("rpc_answers_pk", ["operation", "principal", "key"])
      .execute();
    await database.schema.createIndex("rpc_answers_created").on("rpc_answers").column("created_at_ms").execute();
  },
};

/** What names one request that may be repeated. Keys of different callers and operations never meet. */
export interface AnswerKey {
  readonly operation: string;
  readonly principal: string;
  readonly key: string;
}

/** Thrown inside a handler's transaction when another replica committed this key first: rolls the second effect back. */
class AnsweredElsewhere extends Error {
  override readonly name = "AnsweredElsewhere";
}

/**
 * Tells requests apart that carry the same key, whatever the order of their fields: two 32-bit FNV-1a lanes
 * (https://datatracker.ietf.org/doc/html/rfc9923) with different primes, and the length. Not cryptographic, and it need not be: keys belong to
 * one caller, who could only mislead itself. Computed at once, because Web Crypto answers at a time that no virtual clock controls.
 */
export const hashOf = (request: unknown): string => {
  const bytes = new TextEncoder().encode(canonicalText(request));
  let [first, second] = [0x811c9dc5, 0x9747b28c];
  for (const byte of bytes) {
    first = Math.imul(first ^ byte, 0x01000193);
    second = Math.imul(second ^ byte, 0x85ebca6b);
    second ^= second >>> 13;
  }
  return [first, second, bytes.length].map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
};

export interface Answers {
  /** The stored answer and the hash of its request, or undefined. */
  find(key: AnswerKey): Promise<{ readonly requestHash: string; readonly answer: unknown } | undefined>;
  /** Stores an answer in `transaction`; throws, so that the transaction rolls back, when another request has stored one under this key. */
  store(transaction: AnyTransaction, key: AnswerKey, requestHash: string, answer: unknown): Promise<void>;
  /** Stores an answer in a transaction of its own. */
  storeAlone(key: AnswerKey, requestHash: string, answer: unknown): Promise<void>;
  stop(): void;
}

/**
 * Answers by idempotency key, in the database where the operation's effect is.
 *
 * Invariants: a row exists only together with the effect it answers for, because both are in one transaction; a key has at most one row, by the
 * primary key, so of two replicas that work on one key at the same time one rolls back; rows older than {@link answersKeptMs} count as absent.
 */
export const openAnswers = (database: AnyDatabase, clock: Clock, onError: (thrown: unknown) => void): Answers => {
  const oldest = () => clock.now() - answersKeptMs;
  const tables = database.kysely as Kysely<Tables>;
  const store: Answers["store"] = async (transaction, key, requestHash, answer) => {
    const inside: Transaction<Tables> = transaction;
    await inside.deleteFrom("rpc_answers").where(matches(key)).where("created_at_ms", "<", oldest()).execute();
    const row = { ...key, request_hash: requestHash, answer: JSON.stringify(answer), created_at_ms: clock.now() };
    const inserted = await inside
      .insertInto("rpc_answers")
      .values(row)
      .onConflict((conflict) => conflict.columns(["operation", "principal", "key"]).doNothing())
      .executeTakeFirst();
    if (inserted.numInsertedOrUpdatedRows === 0n) throw new AnsweredElsewhere(`the key "${key.key}" has an answer already`);
  };

  let cancelPurge = () => {};
  const purge = () => {
    tables.deleteFrom("rpc_answers").where("created_at_ms", "<", oldest()).execute().catch(onError);
    cancelPurge = clock.after(purgeEachMs, purge);
  };
  purge();

  return {
    find: async (key) => {
      const row = await tables
        .selectFrom("rpc_answers")
        .select(["request_hash", "answer"])
        .where(matches(key))
        .where("created_at_ms", ">=", oldest())
        .executeTakeFirst();
      return row && { requestHash: row.request_hash, answer: JSON.parse(row.answer) as unknown };
    },
    store,
    storeAlone: (key, requestHash, answer) => database.transaction((transaction) => store(transaction, key, requestHash, answer)),
    stop: () => cancelPurge(),
  };
};

const matches =
  ({ operation, principal, key }: AnswerKey) =>
  (expression: ExpressionBuilder<Tables, "rpc_answers">) =>
    expression.and({ operation, principal, key });
