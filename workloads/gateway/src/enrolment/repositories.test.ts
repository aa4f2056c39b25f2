import { generateKeyPairSync } from "node:crypto";
import { seededRandom, type VirtualClock, virtualClock } from "@fogline/fakes";
import { inProcessBus } from "@fogline/in-process";
import { type Database, migrate } from "@fogline/ports";
import { openPostgres } from "@fogline/postgres";
import { type PrivateServer, postgresBinaries, startPrivateServer } from "@fogline/postgres/private-server";
import { createClient } from "@fogline/rpc";
import { openSqlite } from "@fogline/sqlite";
import { systemClock } from "@fogline/system";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewaySchema, gatewayMigrations } from "../schema.ts";
import { builtInAuthority } from "./authority.ts";
import { Certificates } from "./certificates.ts";
import { Enrolments } from "./enrolments.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { Rotations } from "./rotations.ts";

const startMs = 1_700_000_000_000;
const dayMs = 86_400_000;
const silentLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** What every database must keep and refuse, whatever its dialect. */
const suite = (open: () => Promise<Database<GatewaySchema>>) => {
  let database: Database<GatewaySchema>;
  let clock: VirtualClock;
  const random = seededRandom(3);
  const secrets = { rootKey: new Uint8Array(32).fill(7), adminToken: () => undefined };
  const certificates = () => new Certificates({ database, clock, renewalGraceMs: dayMs });
  const enrolments = () => new Enrolments({ database, clock, random, certificates: certificates() });
  const authority = () => builtInAuthority(database, secrets, { clock, random, trustDomain: "test" });
  const certificateOf = async (node: string, lifeMs = dayMs) => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const nowMs = clock.now();
    const names = [{ type: "url" as const, value: `spiffe://test/node/${node}` }];
    return (await authority()).issue({ commonName: node, names, publicKey, purpose: "client", notBeforeMs: nowMs, notAfterMs: nowMs + lifeMs });
  };
  const enrolled = async (node: string) => {
    const { secret } = await enrolments().create(node, 60_000);
    const certificate = await certificateOf(node);
    expect(await enrolments().use(node, secret, "key", certificate)).toBeUndefined();
    return certificate.serialNumber.toLowerCase();
  };

  beforeAll(async () => {
    clock = virtualClock(startMs);
    database = await open();
    await migrate(database, gatewayMigrations);
  });
  afterAll(() => database.close());

  it("make one CA, also when two gateways make it at once, and open it again", async () => {
    const roots = await Promise.all([authority(), authority(), authority()]);
    expect(new Set(roots.map(({ root }) => fingerprintOf(root))).size).toBe(1);
    expect(roots[0]?.root.validToDate.getTime()).toBe(startMs + 3_650 * dayMs);
    const other = { ...secrets, rootKey: new Uint8Array(32) };
    await expect(builtInAuthority(database, other, { clock, random, trustDomain: "test" })).rejects.toMatchObject({ code: "FL4015" });
    const [row] = await database.kysely.selectFrom("authorities").selectAll().execute();
    expect(Buffer.from(row?.sealed_key ?? []).includes("PRIVATE")).toBe(false);
  });

  it("let one of many that race use a token, and note one certificate", async () => {
    const { secret } = await enrolments().create("race", 60_000);
    const tries = await Promise.all(
      Array.from({ length: 6 }, async (_, index) => enrolments().use("race", secret, `key-${index}`, await certificateOf("race"))),
    );
    expect(tries.filter((refusal) => refusal === undefined)).toHaveLength(1);
    expect(tries.filter((refusal) => refusal === "used")).toHaveLength(5);
    expect(await certificates().list("race")).toHaveLength(1);
  });

  it("count a revocation in the transaction that makes it, and nothing else", async () => {
    const [first, second] = [await enrolled("pi-1"), await enrolled("pi-2")];
    const before = await certificates().revocations();
    expect(await certificates().worthless([first, second, "no-such"])).toEqual(new Set(["no-such"]));
    expect(await certificates().revoke("pi-1", startMs - 1)).toEqual([]);
    expect(await certificates().revocations()).toBe(before);
    expect(await certificates().revoke("pi-1", startMs)).toEqual([first]);
    expect(await certificates().revocations()).toBe(before + 1);
    expect(await certificates().worthless([first, second])).toEqual(new Set([first]));
    expect(await certificates().follow(first, "pi-1", await certificateOf("pi-1"))).toBe(false);
  });

  it("keep the wish for a new key until its certificate was used, and then revoke what was before it", async () => {
    const before = await enrolled("pi-5");
    // Nobody serves the device: it is not connected.
    const client = createClient(inProcessBus({ clock: systemClock, random }), { clock: systemClock, random, source: "test" });
    const rotations = new Rotations({
      database,
      certificates: certificates(),
      client,
      clock,
      log: silentLog,
    });
    const wishes = () => database.kysely.selectFrom("rotations").selectAll().execute();
    await clock.advance(1);
    expect(await rotations.want("pi-5")).toEqual({ kind: "gone" });
    await clock.advance(1);
    expect(await rotations.want("pi-5")).toEqual({ kind: "gone" });
    expect(await wishes()).toEqual([{ node: "pi-5", wanted_at_ms: clock.now() }]);
    await rotations.connected("pi-5", before);
    expect(await wishes()).toHaveLength(1);
    await clock.advance(1);
    const renewed = await certificateOf("pi-5");
    expect(await certificates().follow(before, "pi-5", renewed)).toBe(true);
    const after = renewed.serialNumber.toLowerCase();
    await rotations.connected("pi-5", after);
    expect(await wishes()).toEqual([]);
    expect(await certificates().worthless([before, after])).toEqual(new Set([before]));
  });

  it("look up more serials than one statement takes", async () => {
    const own = await enrolled("pi-3");
    const many = Array.from({ length: 1_200 }, (_, index) => `none-${index}`);
    const worthless = await certificates().worthless([...many, own]);
    expect([worthless.size, worthless.has(own)]).toEqual([1_200, false]);
  });

  it("forget what ended longer ago than the grace", async () => {
    await enrolled("pi-4");
    await clock.advance(2 * dayMs + 1);
    await certificates().prune();
    expect(await certificates().list("pi-4")).toEqual([]);
  });
};

describe("identities of devices on SQLite", () => suite(async () => openSqlite<GatewaySchema>(":memory:")));

const binaries = postgresBinaries();
describe.skipIf(binaries === undefined)("identities of devices on PostgreSQL", () => {
  let server: PrivateServer;
  beforeAll(async () => {
    server = await startPrivateServer(binaries ?? "");
  });
  afterAll(() => server.stop());
  suite(async () => openPostgres<GatewaySchema>(await server.createSpace()));
});
