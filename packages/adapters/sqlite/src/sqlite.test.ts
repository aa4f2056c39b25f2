import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { migrate } from "@fogline/ports";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openSqlite } from "./index.ts";

interface Schema {
  counter: { id: number; value: number };
}

const migrations = [
  {
    name: "counter",
    up: async (database: Parameters<Parameters<typeof migrate>[1][number]["up"]>[0]) => {
      await database.schema
        .createTable("counter")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("value", "integer")
        .execute();
    },
  },
];

/** Writes one row after the other and says each number once its transaction resolved. */
const writer = `
  const { openSqlite } = await import(${JSON.stringify(import.meta.resolve("./index.ts"))});
  const database = openSqlite(process.argv[1]);
  for (let id = 1; ; id++) {
    await database.transaction((transaction) => transaction.insertInto("counter").values({ id, value: id }).execute());
    process.stdout.write(id + "\\n");
  }`;

describe("SQLite in a file", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "fogline-file-"));
    path = join(folder, "test.db");
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("has everything that was acknowledged after its process was killed", async () => {
    const prepared = openSqlite<Schema>(path);
    await migrate(prepared, migrations);
    await prepared.close();
    const child = spawn(process.execPath, ["--input-type=module", "-e", writer, path], { stdio: ["ignore", "pipe", "inherit"] });
    let acknowledged = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      if (acknowledged >= 50) break;
    }
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    const database = openSqlite<Schema>(path);
    const ids = (await database.kysely.selectFrom("counter").select("id").orderBy("id").execute()).map(({ id }) => id);
    await database.close();
    expect(ids.length).toBeGreaterThanOrEqual(acknowledged);
    expect(ids).toEqual(ids.map((_, index) => index + 1));
  });

  it("takes turns with others that have the same file open", async () => {
    const [one, other] = [openSqlite<Schema>(path), openSqlite<Schema>(path)];
    await migrate(one, migrations);
    await one.kysely.insertInto("counter").values({ id: 1, value: 0 }).execute();
    const increment = (database: typeof one) =>
      database.transaction(async (transaction) => {
        const { value } = await transaction.selectFrom("counter").select("value").executeTakeFirstOrThrow();
        await new Promise<void>((resolve) => setImmediate(resolve));
        await transaction
          .updateTable("counter")
          .set({ value: value + 1 })
          .execute();
      });
    await Promise.all([one, other, one, other].map(increment));
    expect(await other.kysely.selectFrom("counter").select("value").executeTakeFirst()).toEqual({ value: 4 });
    await Promise.all([one.close(), other.close()]);
  });

  it("waits for the disk at each commit, checks foreign keys, and writes ahead", async () => {
    const database = openSqlite(path);
    const pragma = async (name: string) =>
      Object.values((await sql<object>`select * from ${sql.raw(`pragma_${name}`)}`.execute(database.kysely)).rows[0] ?? {})[0];
    expect([await pragma("journal_mode"), await pragma("foreign_keys")]).toEqual(["wal", 1]);
    await database.transaction(async (transaction) => {
      // 2 is FULL.
      expect((await sql`pragma synchronous`.execute(transaction)).rows).toEqual([{ synchronous: 2 }]);
    });
    await database.close();
  });

  it("leaves one file when it is closed: the write-ahead log is moved into it", async () => {
    const database = openSqlite<Schema>(path);
    await migrate(database, migrations);
    await database.close();
    expect(await readdir(folder)).toEqual(["test.db"]);
  });

  it("throws FL4017 where it cannot write", () => {
    expect(() => openSqlite(join(folder, "missing", "test.db"))).toThrow(expect.objectContaining({ code: "FL4017" }));
  });

  it("refuses a transaction that kysely begins by itself, which would not be retried", async () => {
    const database = openSqlite<Schema>(path);
    await expect(database.kysely.transaction().execute(async () => {})).rejects.toThrow(TypeError);
    await database.close();
  });
});

describe("SQLite in memory", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "fogline-private-"));
    vi.stubEnv("TMPDIR", folder);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  it("is private to each that opens it, and leaves no file", async () => {
    const [one, other] = [openSqlite<Schema>(":memory:"), openSqlite<Schema>(":memory:")];
    await Promise.all([migrate(one, migrations), migrate(other, migrations)]);
    await one.transaction((transaction) => transaction.insertInto("counter").values({ id: 1, value: 1 }).execute());
    expect(await one.kysely.selectFrom("counter").selectAll().execute()).toEqual([{ id: 1, value: 1 }]);
    expect(await other.kysely.selectFrom("counter").selectAll().execute()).toEqual([]);
    await Promise.all([one.close(), other.close()]);
    expect(await readdir(folder)).toEqual([]);
  });
});
