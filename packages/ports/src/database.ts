import type { Kysely, Transaction } from "kysely";

/** One step of a schema, forward only. `name` is its identity: never renamed, never changed once released. */
export interface Migration {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: a migration runs before the schema has its type
  up(database: Kysely<any>, dialect: Dialect): Promise<void>;
}

export type Dialect = "sqlite" | "postgres";

/** SQL state of one workload. `Schema` is its kysely table map. Integers above 2^53 are refused, times are integer milliseconds. */
export interface Database<Schema> {
  readonly dialect: Dialect;
  /** For reads and single statements. */
  readonly kysely: Kysely<Schema>;
  /**
   * Runs `work` in one serializable transaction and commits when it resolves; durable when this resolves. `work` may run again after a
   * conflict, so it must have no effect outside of the transaction.
   */
  transaction<Value>(work: (transaction: Transaction<Schema>) => Promise<Value>): Promise<Value>;
  close(): Promise<void>;
}
