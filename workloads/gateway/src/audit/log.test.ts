import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "@fogline/ports";
import { migrate } from "@fogline/ports";
import { openPostgres } from "@fogline/postgres";
import { type PrivateServer, postgresBinaries, startPrivateServer } from "@fogline/postgres/private-server";
import { openSqlite } from "@fogline/sqlite";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { beginning, follow, isBreak } from "./chain.ts";
import type { NewRecord } from "./entries.ts";
import { AuditLog } from "./log.ts";
import { type AuditSchema, auditMigrations } from "./schema.ts";

const binaries = postgresBinaries();
const key = new Uint8Array(32).fill(7);
let server: PrivateServer | undefined;
beforeAll(async () => {
  server = binaries === undefined ? undefined : await startPrivateServer(binaries);
});
afterAll(() => server?.stop());

const entry = (principal: string, more: Partial<NewRecord> = {}): NewRecord => ({
  ...{ atMs: 1, requestId: `request-${principal}`, principal, role: "admin", address: "192.0.2.7", operation: "nodes.drain" },
  ...{ target: "pi-1", outcome: "done", status: 200, code: null },
  ...more,
});

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Several gateways' connections to one database. */
const places: [string, boolean, (gateways: number) => Promise<Database<AuditSchema>[]>][] = [
  [
    "SQLite",
    false,
    async (gateways) => {
      const folder = mkdtempSync(join(tmpdir(), "fogline-audit-"));
      closing.push(async () => rmSync(folder, { recursive: true }));
      return Array.from({ length: gateways }, () => openSqlite<AuditSchema>(join(folder, "gateway.sqlite")));
    },
  ],
  [
    binaries === undefined ? "PostgreSQL (skipped: not installed)" : "PostgreSQL",
    binaries === undefined,
    async (gateways) => {
      const url = (await server?.createSpace()) ?? "";
      return Array.from({ length: gateways }, () => openPostgres<AuditSchema>(url));
    },
  ],
];

describe.each(places)("the audit in %s", (_name, skipped, openDatabases) => {
  const open = async ({ gateways = 1, kept = 1_000 } = {}) => {
    const databases = await openDatabases(gateways);
    const [first] = databases;
    if (first === undefined) throw new Error("no database");
    await migrate(first, auditMigrations);
    closing.push(async () => {
      for (const database of databases) await database.close();
    });
    return { database: first, logs: databases.map((database) => new AuditLog({ database, key, kept })) };
  };
  const one = async (kept?: number) => {
    const { database, logs } = await open(kept === undefined ? {} : { kept });
    const [log] = logs;
    if (log === undefined) throw new Error("no log");
    return { database, log };
  };

  it.skipIf(skipped)("numbers entries from 1 and chains them from 64 zeros", async () => {
    const { log } = await one();
    await log.append([entry("ann"), entry("bob")]);
    await log.append([entry("cyd", { target: null, status: null, outcome: "attempted" })]);
    const { entries, previousHash } = await log.list({ limit: 10 });
    expect(entries.map(({ sequence, principal }) => [sequence, principal])).toEqual([
      [3, "cyd"],
      [2, "bob"],
      [1, "ann"],
    ]);
    expect(previousHash).toBe("0".repeat(64));
    expect(follow(beginning, entries.toReversed())).toEqual({ sequence: 3, hash: entries[0]?.hash });
    expect(await log.verify()).toEqual({ entries: 3, head: { sequence: 3, hash: entries[0]?.hash }, broken: null });
  });

  it.skipIf(skipped)("lists by principal, operation, target and place, with the hash before the oldest", async () => {
    const { log } = await one();
    await log.append([entry("ann"), entry("bob", { operation: "nodes.remove" }), entry("ann", { target: "pi-2" }), entry("ann")]);
    const sequences = async (wanted: object) => (await log.list({ limit: 10, ...wanted })).entries.map(({ sequence }) => sequence);
    expect(await sequences({ principal: "ann" })).toEqual([4, 3, 1]);
    expect(await sequences({ operation: "nodes.remove" })).toEqual([2]);
    expect(await sequences({ target: "pi-2" })).toEqual([3]);
    expect(await sequences({ before: 3 })).toEqual([2, 1]);
    expect(await sequences({ after: 1, limit: 2 })).toEqual([2, 3]);
    const [, , , first] = (await log.list({ limit: 10 })).entries;
    expect((await log.list({ limit: 2, after: 1 })).previousHash).toBe(first?.hash);
  });

  it.skipIf(skipped)("keeps what was said beside an entry, under its hash", async () => {
    const { database, log } = await one();
    const detail = JSON.stringify({ session: "s1", command: ["df", "-h"], exitCode: 0 });
    await log.append([entry("ann", { detail }), entry("bob")]);
    const { entries } = await log.list({ limit: 10 });
    expect(entries.map((one) => one.detail)).toEqual([undefined, detail]);
    expect(await log.verify()).toMatchObject({ entries: 2, broken: null });
    await sql`update audit_entries set detail = '{}' where sequence = 1`.execute(database.kysely);
    expect((await log.verify()).broken).toMatchObject({ sequence: 1 });
  });

  it.skipIf(skipped)("is one chain when several gateways write at once", async () => {
    const { logs } = await open({ gateways: 3 });
    const writes = logs.flatMap((log, gateway) =>
      Array.from({ length: 15 }, (_, turn) => log.append([entry(`g${gateway}-${turn}`), entry(`h${gateway}-${turn}`)])),
    );
    await Promise.all(writes);
    for (const log of logs) expect(await log.verify()).toMatchObject({ entries: 90, broken: null });
    const { entries } = (await logs[0]?.list({ limit: 100 })) ?? { entries: [] };
    expect(new Set(entries.map(({ principal }) => principal)).size).toBe(90);
  });

  it.skipIf(skipped)("verifies after old entries were dropped, and an export of the rest can be checked alone", async () => {
    const { log } = await one(5);
    for (let turn = 0; turn < 12; turn++) await log.append([entry(`p${turn}`)]);
    const { entries, previousHash } = await log.list({ limit: 100, after: 0 });
    expect(entries.length).toBeLessThan(11);
    expect(entries.at(-1)?.sequence).toBe(12);
    const first = entries[0]?.sequence ?? 0;
    expect(isBreak(follow({ sequence: first - 1, hash: previousHash }, entries))).toBe(false);
    expect(await log.verify()).toMatchObject({ entries: entries.length, broken: null });
  });

  it.skipIf(skipped)("says where it was changed, cut or added to behind its back", async () => {
    const cases: [string, (database: Database<AuditSchema>) => Promise<unknown>, number][] = [
      ["an entry changed", ({ kysely }) => sql`update audit_entries set principal = 'eve' where sequence = 2`.execute(kysely), 2],
      ["an entry removed", ({ kysely }) => sql`delete from audit_entries where sequence = 2`.execute(kysely), 2],
      ["the oldest entry removed", ({ kysely }) => sql`delete from audit_entries where sequence = 1`.execute(kysely), 1],
      ["the newest entry removed", ({ kysely }) => sql`delete from audit_entries where sequence = 4`.execute(kysely), 4],
      [
        "an entry added",
        ({ kysely }) =>
          sql`insert into audit_entries select 5, at_ms, request_id, principal, role, address, operation, target, outcome, status, code, hash, detail from audit_entries where sequence = 4`.execute(
            kysely,
          ),
        5,
      ],
      [
        "the newest entry removed and the head moved",
        async ({ kysely }) => {
          await sql`delete from audit_entries where sequence = 4`.execute(kysely);
          await sql`update audit_ends set sequence = 3, hash = (select hash from audit_entries where sequence = 3) where name = 'head'`.execute(
            kysely,
          );
        },
        3,
      ],
    ];
    for (const [what, tamper, sequence] of cases) {
      const { database, log } = await one();
      await log.append([entry("ann"), entry("bob"), entry("cyd"), entry("dan")]);
      await tamper(database);
      const { broken } = await log.verify();
      expect([what, broken?.sequence]).toEqual([what, sequence]);
      expect(broken?.why).toMatch(/./);
    }
  });
});
