import { isRead } from "@fogline/ports";
import { type DatabaseConnection, type Dialect, type Driver, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import { retryWhileBusy } from "./busy.ts";
import type { Connection } from "./connection.ts";
import type { Mutex } from "./mutex.ts";

/** kysely's own SQLite over our driver. */
export const dialectOver = (driver: Driver): Dialect => ({
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => driver,
  createIntrospector: (kysely) => new SqliteIntrospector(kysely),
  createQueryCompiler: () => new SqliteQueryCompiler(),
});

const nothing = async () => {};

/**
 * The one writer. It is handed out to one at a time, and a transaction takes the write lock when it begins, not at its first write.
 * As in PostgreSQL, a transaction in which a statement failed cannot be committed, whatever the work made of the error.
 */
export const writerDriver = (connection: Connection, writing: Mutex): Driver => {
  let release: () => void = () => {};
  let failure: { readonly cause: unknown } | undefined;
  const watched: DatabaseConnection = {
    executeQuery: async (query) => {
      try {
        return await connection.executeQuery(query);
      } catch (cause) {
        failure = { cause };
        throw cause;
      }
    },
    streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
  };
  return {
    init: nothing,
    acquireConnection: async () => {
      release = await writing.acquire();
      return watched;
    },
    beginTransaction: () => {
      failure = undefined;
      return retryWhileBusy(() => connection.run("begin immediate"));
    },
    commitTransaction: async () => {
      if (failure !== undefined) throw new Error("a statement of this transaction failed, so it cannot be committed", failure);
      await retryWhileBusy(() => connection.run("commit"));
    },
    rollbackTransaction: async () => connection.rollBack(),
    releaseConnection: async () => release(),
    destroy: nothing,
  };
};

/** Reads go to their own connection and see only what is committed; single writes wait for the writer. */
export const openDriver = (reader: Connection, writer: Connection, writing: Mutex, checkOutside: () => void): Driver => {
  const connection: DatabaseConnection = {
    executeQuery: async (query) => {
      if (isRead(query)) return reader.executeQuery(query);
      checkOutside();
      const release = await writing.acquire();
      try {
        return await retryWhileBusy(() => writer.executeQuery(query));
      } finally {
        release();
      }
    },
    streamQuery: (query, chunkSize) => reader.streamQuery(query, chunkSize),
  };
  const refuse = async () => {
    throw new TypeError("use the transaction function of the Database, which retries and is durable");
  };
  return {
    init: nothing,
    acquireConnection: async () => connection,
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    releaseConnection: nothing,
    destroy: nothing,
  };
};
