import { AsyncLocalStorage } from "node:async_hooks";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FoglineError, textOf } from "@fogline/findings";
import type { Database } from "@fogline/ports";
import { Kysely } from "kysely";
import { type Connection, connect } from "./connection.ts";
import { dialectOver, openDriver, writerDriver } from "./dialect.ts";
import { mutex } from "./mutex.ts";

interface Connections {
  readonly writer: Connection;
  readonly reader: Connection;
}

const openBoth = (path: string): Connections => {
  let writer: Connection | undefined;
  try {
    writer = connect(path, false);
    // Takes the write lock once: a folder that cannot be written is found now and not at the first change.
    writer.run("begin immediate; rollback");
    const reader = connect(path, true);
    // Opens the write-ahead log and its index, which a connection otherwise does at its first read.
    reader.run("select count(*) from sqlite_schema");
    return { writer, reader };
  } catch (thrown) {
    writer?.close();
    throw new FoglineError("FL4017", `the database ${path} cannot be opened for writing: ${textOf(thrown)}`, { fields: { path }, cause: thrown });
  }
};

/** Private to this process and gone with it: the files have no name any more once both connections have them open. */
const openNameless = (): Connections => {
  const folder = mkdtempSync(join(tmpdir(), "fogline-memory-"));
  try {
    return openBoth(join(folder, "memory.db"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/**
 * SQLite in the file `path`, or, for ":memory:", in files that nobody else can see.
 *
 * Two connections: `kysely` reads through one that sees only committed data, also while a transaction runs; transactions and single writes take
 * turns on the other. Another process may read and write the same file; who owns a data folder is not decided here. Inside of a transaction,
 * everything goes through the transaction: a write through `kysely`, or a second transaction, would wait for the first for ever and is refused
 * with TypeError. Throws FoglineError FL4017 when the file cannot be written.
 */
export const openSqlite = <Schema>(path: string): Database<Schema> => {
  const { writer, reader } = path === ":memory:" ? openNameless() : openBoth(path);
  const writing = mutex();
  const inside = new AsyncLocalStorage<{ running: boolean }>();
  const checkOutside = () => {
    if (inside.getStore()?.running) throw new TypeError("inside of a transaction everything goes through the transaction");
  };
  const kysely = new Kysely<Schema>({ dialect: dialectOver(openDriver(reader, writer, writing, checkOutside)) });
  const transactions = new Kysely<Schema>({ dialect: dialectOver(writerDriver(writer, writing)) });
  let closing: Promise<void> | undefined;

  const close = async () => {
    await writing.close();
    await Promise.all([kysely.destroy(), transactions.destroy()]);
    reader.close();
    try {
      // The last connection to a database moves its write-ahead log into the file; another process may still need it.
      writer.run("pragma wal_checkpoint(truncate)");
    } finally {
      writer.close();
    }
  };

  return {
    dialect: "sqlite",
    kysely,
    transaction: async (work) => {
      checkOutside();
      const state = { running: true };
      try {
        return await inside.run(state, () => transactions.transaction().execute(work));
      } finally {
        state.running = false;
      }
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
};
