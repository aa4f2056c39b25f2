import { join } from "node:path";
import { contentsOf } from "./contents.ts";
import { migrationsOf } from "./database-copy.ts";
import { newerMigrations, pendingMigrations } from "./known-migrations.ts";

/** How the schema of one database stands to this version. */
export interface SchemaState {
  readonly path: string;
  /** Applied there and not known here: a newer version has run on it. */
  readonly newer: readonly string[];
  /** Known here and not applied there: they run at the next start. */
  readonly pending: readonly string[];
}

/** The hub's databases in a data folder, compared with what this version knows. Reads only. */
export const schemaOf = (dataFolder: string): SchemaState[] =>
  contentsOf(dataFolder)
    .filter(({ kind }) => kind === "database")
    .flatMap(({ path }) => {
      const applied = migrationsOf(join(dataFolder, path));
      return applied === undefined ? [] : [{ path, newer: newerMigrations(path, applied), pending: pendingMigrations(path, applied) }];
    });
