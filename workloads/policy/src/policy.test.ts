import { admitTask, listAudit, listPolicies, type Policy, policiesChanged, putPolicy, removePolicy, TaskSpec } from "@fogline/contracts";
import { seededRandom, virtualClock } from "@fogline/fakes";
import { inProcessBus } from "@fogline/in-process";
import { builtInPolicies } from "@fogline/policy";
import { type Database, migrate } from "@fogline/ports";
import { openPostgres } from "@fogline/postgres";
import { type PrivateServer, postgresBinaries, startPrivateServer } from "@fogline/postgres/private-server";
import { createClient, outboxMigration } from "@fogline/rpc";
import { openSqlite } from "@fogline/sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { policyConfig } from "./config.ts";
import { start } from "./index.ts";
import { PolicyStore } from "./policy-store.ts";
import { type PolicySchema, policyMigrations } from "./schema.ts";

const names = builtInPolicies.map(({ name }) => name);
const small: Omit<Policy, "version"> = {
  name: "small",
  description: "At most one core a task.",
  effect: "refuse",
  rule: { kind: "resources", cpuCoresMax: 1, memoryBytesMax: 2 ** 30 },
};
const admin = { name: "ada", role: "admin" } as const;

const policyStoreSuite = (name: string, open: () => Promise<Database<PolicySchema>>): void => {
  describe(`the policy store on ${name}`, () => {
    let database: Database<PolicySchema>;
    let store: PolicyStore;
    const clock = virtualClock(1_800_000_000_000);
    const storeWith = (auditKept: number) => new PolicyStore({ database, clock, random: seededRandom(3), source: "policy-1", auditKept });

    beforeEach(async () => {
      database = await open();
      await migrate(database, [outboxMigration, ...policyMigrations]);
      store = storeWith(1_000);
    });
    afterEach(() => database.close());

    it("starts with the built-in policies once, and does not bring back one that was removed", async () => {
      expect(await store.seed(builtInPolicies)).toBe(true);
      await store.remove("cool", "ada");
      expect(await store.seed(builtInPolicies)).toBe(false);
      expect((await store.list()).map((policy) => policy.name)).toEqual(names.filter((each) => each !== "cool"));
    });

    it("seeds once when two replicas start at the same time", async () => {
      const seeded = await Promise.all([storeWith(1_000), storeWith(1_000)].map((each) => each.seed(builtInPolicies)));
      expect(seeded.sort()).toEqual([false, true]);
    });

    it("replaces a policy only at the version that was read, and keeps every version", async () => {
      expect(await store.put(small, 0, "ada")).toEqual({ kind: "stored", policy: { ...small, version: 1 } });
      expect(await store.put({ ...small, effect: "audit" }, 0, "bob")).toEqual({ kind: "conflict", actual: 1 });
      expect(await store.put({ ...small, effect: "audit" }, 1, "bob")).toMatchObject({ kind: "stored", policy: { version: 2 } });
      expect((await store.history("small")).map(({ version, policy, changedBy }) => [version, policy?.effect, changedBy])).toEqual([
        [2, "audit", "bob"],
        [1, "refuse", "ada"],
      ]);
    });

    it("takes the same change twice as one, because its answer may have been lost", async () => {
      await store.put(small, 0, "ada");
      expect(await store.put(small, 0, "ada")).toEqual({ kind: "stored", policy: { ...small, version: 1 } });
      expect(await store.put(small, 0, "bob")).toEqual({ kind: "conflict", actual: 1 });
    });

    it("goes on with the versions of a name that was removed", async () => {
      await store.put(small, 0, "ada");
      await store.remove("small", "ada");
      expect(await store.put(small, 0, "ada")).toMatchObject({ policy: { version: 3 } });
      expect((await store.history("small")).map(({ policy }) => policy === null)).toEqual([false, true, false]);
    });

    it("numbers the audit log without gaps and keeps its newest entries", async () => {
      const kept = storeWith(150);
      const entry = { policy: null, action: "admit", subject: "true", outcome: "allowed", message: "fine" } as const;
      for (let index = 0; index < 4; index++) await kept.record(Array.from({ length: 60 }, () => entry));
      const newest = await kept.audit(1_000, undefined);
      expect(newest[0]?.sequence).toBe(240);
      expect(newest.at(-1)?.sequence).toBe(91);
      expect((await kept.audit(2, 100)).map(({ sequence }) => sequence)).toEqual([99, 98]);
    });
  });
};

policyStoreSuite("SQLite", async () => openSqlite(":memory:"));
const binaries = postgresBinaries();
describe.skipIf(binaries === undefined)(binaries === undefined ? "PostgreSQL (skipped: not installed)" : "with PostgreSQL", () => {
  let server: PrivateServer;
  beforeAll(async () => {
    server = await startPrivateServer(binaries ?? "");
  });
  afterAll(() => server.stop());
  policyStoreSuite("PostgreSQL", async () => openPostgres(await server.createSpace()));
});

describe("the policy engine", () => {
  const open = async () => {
    const clock = virtualClock(1_000_000);
    const random = seededRandom(5);
    const bus = inProcessBus({ clock, random });
    const database = openSqlite<PolicySchema>(":memory:");
    const running = await start(policyConfig.parse({ logLevel: "silent" }), { bus, clock, random, database });
    const client = createClient(bus, { clock, random, source: "test" });
    return { clock, client, stop: () => Promise.all([running.stop(), clock.advance(20_000)]) };
  };

  it("refuses a task that a policy refuses, and records every answer, also what a policy on trial would have said", async () => {
    const { client, stop } = await open();
    await client.call(putPolicy, { ...small, expectedVersion: 0 }, { principal: admin });
    const task = TaskSpec.parse({ command: ["train"], cpuCores: 2, residency: "us", labels: { data: "personal" } });
    const answer = await client.call(admitTask, { task });
    expect(answer).toMatchObject({
      ok: true,
      value: { refusal: { rule: "resources", message: "policy small allows 1 CPU cores a task, task wants 2" } },
    });
    expect(await client.call(admitTask, { task: TaskSpec.parse({ command: ["true"] }) })).toEqual({ ok: true, value: { refusal: null } });
    const audit = await client.call(listAudit, {}, { principal: admin });
    if (!audit.ok) throw new Error(audit.failure.message);
    expect(audit.value.entries.slice(0, 3).map(({ policy, subject, outcome }) => [policy, subject, outcome])).toEqual([
      [null, "true", "allowed"],
      ["small", "train", "refused"],
      ["personal-data", "train", "would-refuse"],
    ]);
    await stop();
  });

  it("tells everybody the whole set whenever it changed", async () => {
    const { client, clock, stop } = await open();
    const heard: string[][] = [];
    await client.on(policiesChanged, async ({ policies }) => void heard.push(policies.map(({ name }) => name)));
    await client.call(putPolicy, { ...small, expectedVersion: 0 }, { principal: admin });
    await client.call(removePolicy, { name: "small" }, { principal: admin });
    await clock.advance(1_000);
    expect(heard.slice(-2)).toEqual([[...names, "small"], names]);
    const listed = await client.call(listPolicies, {});
    expect(listed).toMatchObject({ ok: true, value: { policies: builtInPolicies } });
    await stop();
  });

  it("says at which version a policy is when another was expected, and which policy does not exist", async () => {
    const { client, stop } = await open();
    const conflict = await client.call(putPolicy, { ...small, name: "cool", expectedVersion: 4 }, { principal: admin });
    expect(conflict).toMatchObject({ ok: false, failure: { code: "FL4005", message: 'policy "cool" is at version 1, not 4' } });
    const missing = await client.call(removePolicy, { name: "nothing" }, { principal: admin });
    expect(missing).toMatchObject({ ok: false, failure: { code: "FL4004", message: 'no policy "nothing"' } });
    await stop();
  });
});
