import { DatabaseSync } from "node:sqlite";
import { FoglineError, textOf } from "@fogline/findings";

/** How long a copy waits for a writer of another process. */
const busyTimeoutMs = 10_000;

/** Copies a database as it was at one moment, while others write to it. Throws FL4062 when it cannot be read or is damaged. */
export const copyDatabase = (from: string, to: string): void => {
  try {
    const source = new DatabaseSync(from, { readOnly: true, timeout: busyTimeoutMs });
    try {
      source.prepare("vacuum into ?").run(to);
    } finally {
      source.close();
    }
  } catch (cause) {
    throw new FoglineError("FL4062", `the database ${from} cannot be copied: ${textOf(cause)}`, { cause });
  }
  const problem = damageOf(to);
  if (problem !== undefined) throw new FoglineError("FL4062", `the database ${from} is damaged: ${problem}`);
};

const withDatabase = <Value>(path: string, read: (database: DatabaseSync) => Value): Value => {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return read(database);
  } finally {
    database.close();
  }
};

/** What is wrong with a database file, in SQLite's words; undefined when nothing is. */
export const damageOf = (path: string): string | undefined => {
  try {
    const said = withDatabase(path, (database) =>
      database
        .prepare("pragma integrity_check(3)")
        .all()
        .map((row) => String(row.integrity_check)),
    );
    return said.length === 1 && said[0] === "ok" ? undefined : said.join("; ");
  } catch (thrown) {
    return textOf(thrown);
  }
};

/** The migrations that were applied to a database of the hub, in order; undefined when it keeps none, as that of an agent. */
export const migrationsOf = (path: string): string[] | undefined =>
  withDatabase(path, (database) => {
    const has = database.prepare("select count(*) as count from sqlite_schema where type = 'table' and name = 'fogline_migrations'").get();
    if (has?.count !== 1) return undefined;
    return database
      .prepare("select name from fogline_migrations order by rowid")
      .all()
      .map(({ name }) => String(name));
  });
