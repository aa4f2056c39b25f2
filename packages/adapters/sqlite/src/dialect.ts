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

/** The one writer. A connection is handed out to one at a time, and a transaction takes the write lock when it begins, not at its first write. */
export const writerDriver = (connection: Connection, writing: Mutex): Driver => {
  let release: () => void = () => {};
  return {
    init: nothing,
    acquireConnection: async () => {
      const letNextIn = await writing.acquire();
      release = letNextIn;
      return connection;
    },
    beginTransaction: () => retryWhileBusy(() => connection.run("begin immediate")),
    commitTransaction: () => retryWhileBusy(() => connection.run("commit")),
    rollbackTransaction: async () => connection.run("rollback"),
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
