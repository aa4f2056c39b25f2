import { AsyncLocalStorage } from "node:async_hooks";
import { checkParameters, type Database, isRead } from "@fogline/ports";
import { type CompiledQuery, type DatabaseConnection, Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { retryConflicts } from "./retry.ts";
import { valueTypes } from "./values.ts";

export interface PostgresOptions {
  /** Connections at most; further work waits for a free one. 1 to 1,000; 10 unless said. */
  readonly connectionsMax?: number;
  /** How long to wait for a connection, in milliseconds, before the work is rejected; 10,000 unless said. */
  readonly connectMsMax?: number;
}

/** kysely over the pool; `check` sees each statement before it is sent. */
const kyselyOver = <Schema>(pool: pg.Pool, check: (query: CompiledQuery) => void): Kysely<Schema> =>
  new Kysely<Schema>({
    dialect: new PostgresDialect({
      pool,
      onCreateConnection: async (connection: DatabaseConnection) => {
        const execute = connection.executeQuery.bind(connection);
        connection.executeQuery = async (query, options) => {
          check(query);
          return execute(query, options);
        };
      },
    }),
  });

/**
 * PostgreSQL at `url` (`postgresql://user:password@host:port/database`). Connects at the first use.
 *
 * Transactions are serializable and run again after a conflict. Rows look the same as SQLite's: whole numbers are numbers (RangeError above
 * 2^53), truth is 1 or 0, bytes are a Uint8Array. As with SQLite, a second transaction or a write through `kysely` inside of a transaction is
 * refused with TypeError: it could wait for the first for ever.
 */
export const openPostgres = <Schema>(url: string, { connectionsMax = 10, connectMsMax = 10_000 }: PostgresOptions = {}): Database<Schema> => {
  const pool = new pg.Pool({ connectionString: url, types: valueTypes, max: connectionsMax, connectionTimeoutMillis: connectMsMax });
  // An idle connection that the server closes is replaced by the pool; without a listener it would end the process.
  pool.on("error", () => {});
  const inside = new AsyncLocalStorage<{ running: boolean }>();
  const checkOutside = () => {
    if (inside.getStore()?.running) throw new TypeError("inside of a transaction everything goes through the transaction");
  };
  const transactions = kyselyOver<Schema>(pool, ({ parameters }) => checkParameters(parameters));
  let closing: Promise<void> | undefined;

  return {
    dialect: "postgres",
    kysely: kyselyOver<Schema>(pool, (query) => {
      checkParameters(query.parameters);
      if (!isRead(query)) checkOutside();
    }),
    transaction: async (work) => {
      checkOutside();
      const state = { running: true };
      try {
        return await inside.run(state, () => retryConflicts(() => transactions.transaction().setIsolationLevel("serializable").execute(work)));
      } finally {
        state.running = false;
      }
    },
    close: () => {
      closing ??= pool.end();
      return closing;
    },
  };
};
