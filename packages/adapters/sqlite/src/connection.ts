import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { checkParameters } from "@fogline/ports";
import type { CompiledQuery, DatabaseConnection, QueryResult } from "kysely";

/** Statements kept ready in one connection; the one prepared first goes first. */
const statementsMax = 500;
/** How long SQLite itself waits for another process, with this process standing still. Longer waits are retries that let others run. */
const busyTimeoutMs = 50;

interface Prepared {
  readonly statement: StatementSync;
  /** Gives rows. */
  readonly reader: boolean;
}

/** One SQLite connection as kysely sees it. Everything is synchronous beneath; `close` ends it. */
export interface Connection extends DatabaseConnection {
  run(sql: string): void;
  /** Takes back what is not committed. Does nothing when SQLite has already done so, for example because the disk is full. */
  rollBack(): void;
  close(): void;
}

/** Opens `path`. Write-ahead log, and each commit on the disk before it returns. */
export const connect = (path: string, readOnly: boolean): Connection => {
  const database = new DatabaseSync(path, { readOnly, timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
  if (!readOnly) database.exec("pragma journal_mode = wal; pragma synchronous = full");
  const statements = new Map<string, Prepared>();

  const prepare = (sql: string): Prepared => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    const prepared = { statement, reader: statement.columns().length > 0 };
    const oldest = statements.size < statementsMax ? undefined : statements.keys().next().value;
    if (oldest !== undefined) statements.delete(oldest);
    statements.set(sql, prepared);
    return prepared;
  };

  const execute = <Row>({ sql, parameters }: CompiledQuery): QueryResult<Row> => {
    checkParameters(parameters);
    const { statement, reader } = prepare(sql);
    const values = parameters as SQLInputValue[];
    // The empty object stands for the named parameters: without it, an object in first place would be taken for them and shift the rest.
    if (reader) return { rows: statement.all({}, ...values).map((row) => ({ ...row }) as Row) };
    const { changes, lastInsertRowid } = statement.run({}, ...values);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  };

  return {
    executeQuery: async (query) => execute(query),
    streamQuery: async function* (query) {
      yield execute(query);
    },
    run: (sql) => database.exec(sql),
    rollBack: () => {
      if (database.isTransaction) database.exec("rollback");
    },
    close: () => {
      statements.clear();
      database.close();
    },
  };
};
