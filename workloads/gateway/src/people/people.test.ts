import { virtualClock } from "@fogline/fakes";
import type { Database } from "@fogline/ports";
import { openPostgres } from "@fogline/postgres";
import { type PrivateServer, postgresBinaries, startPrivateServer } from "@fogline/postgres/private-server";
import { openSqlite } from "@fogline/sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { GatewaySchema } from "../schema.ts";
import { enter, from, granted, openTestPeople, startMs, type TestPeople, type TestPeopleOptions } from "../testing/people.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** Waits for what another part does by itself, with turns of the event loop and no clock. */
const until = async (fits: () => Promise<boolean>): Promise<void> => {
  while (!(await fits())) await new Promise((resolve) => setImmediate(resolve));
};

/** What must hold whatever the database is. */
const suite = (openDatabase: () => Promise<Database<GatewaySchema>>) => {
  let clock: ReturnType<typeof virtualClock>;
  let jumpedMs = 0;
  /** Days pass on the wall clock alone: what is repeated every two seconds need not run through all of them. */
  const later = (ms: number): void => {
    jumpedMs += ms;
  };
  let database: Database<GatewaySchema>;
  const opened: TestPeople[] = [];
  const open = async (options: TestPeopleOptions = {}): Promise<TestPeople> => {
    const people = await openTestPeople(database, { clock, ...options });
    opened.push(people);
    return people;
  };
  beforeEach(async () => {
    const monotonic = virtualClock(startMs);
    jumpedMs = 0;
    clock = { ...monotonic, now: () => monotonic.now() + jumpedMs };
    database = await openDatabase();
  });
  afterEach(async () => {
    for (const people of opened.splice(0)) await people.stop();
    await database.close();
  });
  const roleOf = async (people: TestPeople, token: string) => {
    const identity = await people.verify(token);
    return typeof identity === "string" ? identity : identity.role;
  };

  describe("users", () => {
    it("have a name of their own, and are listed by it in pages", async () => {
      const { users } = await open();
      for (const name of ["uwe", "ada", "eva"]) await users.create({ name, role: "user" });
      expect(await users.create({ name: "ada", role: "admin" })).toBeUndefined();
      const names = async (after?: string) => (await users.list({ limit: 2, after })).map(({ name }) => name);
      expect([await names(), await names("eva")]).toEqual([["ada", "eva"], ["uwe"]]);
    });

    it("keep one admin who may come in, also when the last two are taken away at once", async () => {
      const people = await open();
      const { users } = people;
      for (const name of ["ada", "ida"]) await users.create({ name, role: "admin" });
      const outcomes = await Promise.all([users.update("ada", { role: "user" }), users.update("ida", { disabled: true })]);
      expect(outcomes.filter((outcome) => outcome === "lastAdmin")).toHaveLength(1);
      const [left] = (await users.list({ limit: 10 })).filter(({ role, disabled }) => role === "admin" && !disabled);
      expect(await users.remove(left?.name ?? "")).toBe("lastAdmin");
      expect(await users.update(left?.name ?? "", { disabled: true })).toBe("lastAdmin");
    });

    it("that change in role, are kept out or removed lose their sessions, and their tokens at once", async () => {
      const people = await open();
      await people.users.create({ name: "root", role: "admin" });
      const changes: readonly [string, (name: string) => Promise<unknown>][] = [
        ["role", (name) => people.users.update(name, { role: "admin" })],
        ["kept-out", (name) => people.users.update(name, { disabled: true })],
        ["removed", (name) => people.users.remove(name)],
        ["password", (name) => people.users.setPassword(name, "another hash", null)],
      ];
      for (const [name, change] of changes) {
        const session = await enter(people, name);
        const other = await enter(people, `${name}-2`);
        expect(await roleOf(people, session.accessToken)).toBe("user");
        await change(name);
        expect([name, await roleOf(people, session.accessToken), await people.signIn.refresh(session.refreshToken, from)]).toEqual([
          name,
          "ended",
          "refused",
        ]);
        expect(await roleOf(people, other.accessToken)).toBe("user");
      }
    });

    it("keep the session in which they set their password, and lose the others", async () => {
      const people = await open();
      const [here, there] = [await enter(people, "uwe"), await enter(people, "uwe")];
      await people.users.setPassword("uwe", await people.passwords.hash("a long enough password"), here.session);
      expect([await roleOf(people, here.accessToken), await roleOf(people, there.accessToken)]).toEqual(["user", "ended"]);
      const again = await people.signIn.withPassword({ name: "uwe", password: "a long enough password" }, from);
      expect(granted(again)).toMatchObject({ name: "uwe", role: "user" });
    });

    it("of the host is made, let in and made admin by who has the host", async () => {
      const people = await open();
      const link = await people.hostLink();
      expect(await people.users.list({ limit: 10 })).toEqual([]);
      expect(granted(await people.signIn.withCode(link.code, from))).toMatchObject({ name: "admin", role: "admin" });
      await people.users.create({ name: "ada", role: "admin" });
      await people.users.update("admin", { role: "user", disabled: true });
      const again = await people.hostLink();
      expect(granted(await people.signIn.withCode(again.code, from))).toMatchObject({ name: "admin", role: "admin" });
    });
  });

  describe("a link", () => {
    it("signs in once, also when two gateways are given its code at the same time", async () => {
      const [one, two] = [await open(), await open()];
      await one.users.create({ name: "uwe", role: "user" });
      const link = await one.links.make("uwe");
      const outcomes = await Promise.all([one, two, one, two].map(({ signIn }) => signIn.withCode(link?.code ?? "", from)));
      expect(outcomes.filter((outcome) => outcome !== "refused")).toHaveLength(1);
      expect(await one.sessions.list({ limit: 10 })).toHaveLength(1);
    });

    it("lasts an hour, is for a user who may come in, and its code is stored nowhere", async () => {
      const people = await open();
      await people.users.create({ name: "uwe", role: "user" });
      const [late, early] = [await people.links.make("uwe"), await people.links.make("uwe")];
      const rows = await people.database.kysely.selectFrom("people_links").selectAll().execute();
      expect(JSON.stringify(rows)).not.toContain(late?.code);
      later(60 * minuteMs - 1);
      expect(granted(await people.signIn.withCode(early?.code ?? "", from)).name).toBe("uwe");
      later(1);
      expect(await people.signIn.withCode(late?.code ?? "", from)).toBe("refused");
      const unused = await people.links.make("uwe");
      await people.users.update("uwe", { disabled: true });
      await people.users.update("uwe", { disabled: false });
      expect(await people.signIn.withCode(unused?.code ?? "", from)).toBe("refused");
      expect(await people.links.make("nobody")).toBeUndefined();
    });

    it("is one of ten that a user can have: the oldest makes room", async () => {
      const people = await open();
      await people.users.create({ name: "uwe", role: "user" });
      const links = [];
      for (let count = 0; count < 11; count++) {
        links.push(await people.links.make("uwe"));
        await clock.advance(1);
      }
      expect(await people.signIn.withCode(links[0]?.code ?? "", from)).toBe("refused");
      expect(granted(await people.signIn.withCode(links[1]?.code ?? "", from)).name).toBe("uwe");
    });
  });

  describe("a refresh token", () => {
    it("is worth one exchange; the one before gets the same next one for ten seconds", async () => {
      const people = await open();
      const first = await enter(people, "uwe");
      const second = granted(await people.signIn.refresh(first.refreshToken, from));
      expect(second.refreshToken).not.toBe(first.refreshToken);
      expect(second.session).toBe(first.session);
      await clock.advance(10_000);
      const again = granted(await people.signIn.refresh(first.refreshToken, from));
      expect(again.refreshToken).toBe(second.refreshToken);
      const third = granted(await people.signIn.refresh(second.refreshToken, from));
      expect(third.refreshToken).not.toBe(second.refreshToken);
    });

    it("that comes back later ends its session, and the log says so", async () => {
      const people = await open();
      const first = await enter(people, "uwe");
      const second = granted(await people.signIn.refresh(first.refreshToken, from));
      await clock.advance(10_001);
      expect(await people.signIn.refresh(first.refreshToken, from)).toBe("refused");
      expect(people.lines).toContainEqual(
        expect.objectContaining({
          level: "warn",
          session: first.session,
          user: "uwe",
          address: from.address,
          msg: expect.stringContaining("second time"),
        }),
      );
      expect(await people.signIn.refresh(second.refreshToken, from)).toBe("refused");
      expect([await roleOf(people, first.accessToken), await roleOf(people, second.accessToken)]).toEqual(["ended", "ended"]);
    });

    it("two steps behind ends its session even within the ten seconds", async () => {
      const people = await open();
      const first = await enter(people, "uwe");
      const second = granted(await people.signIn.refresh(first.refreshToken, from));
      const third = granted(await people.signIn.refresh(second.refreshToken, from));
      expect(await people.signIn.refresh(first.refreshToken, from)).toBe("refused");
      expect(await people.signIn.refresh(third.refreshToken, from)).toBe("refused");
    });

    it("gives two gateways that exchange it at once the same next one", async () => {
      const [one, two] = [await open(), await open()];
      const first = await enter(one, "uwe");
      const outcomes = await Promise.all([one, two].map(({ signIn }) => signIn.refresh(first.refreshToken, from)));
      const [a, b] = outcomes.map(granted);
      expect(a?.refreshToken).toBe(b?.refreshToken);
      expect(granted(await two.signIn.refresh(a?.refreshToken ?? "", from)).session).toBe(first.session);
    });

    it("cannot be made for another session or another exchange, and trying ends nothing", async () => {
      const people = await open();
      const [ada, uwe] = [await enter(people, "ada", "admin"), await enter(people, "uwe")];
      const [, generation, proof] = uwe.refreshToken.replace("flr_", "").split(".");
      const forged = [
        `flr_${ada.session}.${generation}.${proof}`,
        `flr_${uwe.session}.1.${proof}`,
        `flr_${ada.session}.0.${"A".repeat(43)}`,
        "flr_",
        "x".repeat(8_000),
      ];
      for (const token of forged) expect(await people.signIn.refresh(token, from)).toBe("refused");
      for (const { refreshToken } of [ada, uwe]) granted(await people.signIn.refresh(refreshToken, from));
    });

    it("is worth nothing to who has another root key, with a copy of the database", async () => {
      const people = await open();
      const uwe = await enter(people, "uwe");
      const rows = await people.database.kysely.selectFrom("people_sessions").selectAll().execute();
      expect(JSON.stringify(rows)).not.toContain(uwe.refreshToken.split(".")[2]);
      const thief = await open({ rootKey: Buffer.alloc(32, 8) });
      expect(await thief.signIn.refresh(uwe.refreshToken, from)).toBe("refused");
    });

    it("keeps a session going until it is left alone for a week, and for thirty days at most", async () => {
      const people = await open();
      const left = await enter(people, "uwe");
      let kept = await enter(people, "uwe");
      for (let day = 6; day < 30; day += 6) {
        later(6 * dayMs);
        kept = granted(await people.signIn.refresh(kept.refreshToken, from));
      }
      expect(await people.signIn.refresh(left.refreshToken, from)).toBe("refused");
      expect(kept.expiresAtMs).toBe(startMs + 30 * dayMs);
      later(6 * dayMs);
      expect(await people.signIn.refresh(kept.refreshToken, from)).toBe("refused");
    });
  });

  describe("sessions", () => {
    it("are listed newest first in pages, of all or of one user, and ended one by one", async () => {
      const people = await open();
      const uwe = [await enter(people, "uwe"), await enter(people, "uwe")];
      const ada = await enter(people, "ada", "admin");
      const ids = async (query: { user?: string; after?: string }) => (await people.sessions.list({ limit: 2, ...query })).map(({ id }) => id);
      expect(await ids({})).toEqual([ada.session, uwe[1]?.session]);
      expect(await ids({ after: uwe[1]?.session ?? "" })).toEqual([uwe[0]?.session]);
      expect(await ids({ user: "uwe" })).toEqual([uwe[1]?.session, uwe[0]?.session]);
      expect(await people.sessions.revoke(ada.session, "uwe")).toBe(false);
      expect(await people.sessions.revoke(ada.session, "ada")).toBe(true);
      expect(await people.sessions.revoke(ada.session)).toBe(false);
      expect(await ids({})).toEqual([uwe[1]?.session, uwe[0]?.session]);
    });

    it("are fifty of one user at most: the oldest ends when one more is opened", async () => {
      const people = await open();
      const first = await enter(people, "uwe");
      for (let count = 0; count < 50; count++) await enter(people, "uwe");
      expect(await people.sessions.list({ limit: 100 })).toHaveLength(50);
      expect(await roleOf(people, first.accessToken)).toBe("ended");
    });

    it("that end are refused at another gateway at once when it hears of it", async () => {
      const one = await open();
      const two = await open({ bus: one.bus });
      const uwe = await enter(one, "uwe");
      expect(await roleOf(two, uwe.accessToken)).toBe("user");
      await one.sessions.revoke(uwe.session);
      await until(async () => (await roleOf(two, uwe.accessToken)) === "ended");
      expect(clock.now()).toBe(startMs);
    });

    it("that end are refused within two seconds at a gateway that no event reaches", async () => {
      const [one, two] = [await open(), await open()];
      const uwe = await enter(one, "uwe");
      const ended: string[] = [];
      two.onEnded((sessions) => void ended.push(...sessions));
      await one.sessions.revoke(uwe.session);
      expect(await roleOf(two, uwe.accessToken)).toBe("user");
      await clock.advance(2_000);
      await until(async () => (await roleOf(two, uwe.accessToken)) === "ended");
      // What the session had open there is cut off too, once.
      await until(async () => ended.includes(uwe.session));
      await clock.advance(4_000);
      expect(ended).toEqual([uwe.session]);
    });

    it("that nobody refreshed are cleared away, with the links and revocations that are over", async () => {
      const people = await open();
      const uwe = await enter(people, "uwe");
      const ended: string[] = [];
      people.onEnded((sessions) => void ended.push(...sessions));
      await people.links.make("uwe");
      later(7 * dayMs);
      await clock.advance(minuteMs);
      const counts = async () => {
        const { kysely } = people.database;
        const tables = ["people_sessions", "people_links"] as const;
        return Promise.all(tables.map(async (table) => (await kysely.selectFrom(table).selectAll().execute()).length));
      };
      await until(async () => (await counts()).every((count) => count === 0));
      await until(async () => ended.includes(uwe.session));
    });
  });

  describe("signing keys", () => {
    it("are one for all gateways, also when they start at once over an empty database", async () => {
      const all = await Promise.all([open(), open(), open()]);
      await Promise.all(all.map(({ keys }) => keys.read()));
      expect(new Set(all.map(({ keys }) => keys.current.kid)).size).toBe(1);
      expect(all[0]?.keys.published).toHaveLength(1);
    });

    it("change after thirty days: the next is shown two minutes before it signs, the last until its tokens have expired", async () => {
      const people = await open();
      const uwe = await enter(people, "uwe");
      const [first] = people.keys.published;
      later(30 * dayMs);
      await people.keys.rotate();
      expect(people.keys.published).toHaveLength(2);
      expect(people.keys.current.kid).toBe(first?.kid);
      const old = await people.tokens.issueNodeToken("pi-1");
      later(2 * minuteMs);
      const [, second] = people.keys.published;
      expect(people.keys.current.kid).toBe(second?.kid);
      expect(await roleOf(people, old.accessToken)).toBe("node");
      later(11 * minuteMs);
      await people.keys.rotate();
      expect(people.keys.published.map(({ kid }) => kid)).toEqual([second?.kid]);
      expect(await roleOf(people, uwe.accessToken)).not.toBe("user");
    });

    it("that another gateway made are looked for once a token needs them, and not more often than once a second", async () => {
      const [one, two] = [await open(), await open()];
      later(30 * dayMs);
      await one.keys.rotate();
      later(2 * minuteMs);
      let reads = 0;
      const read = two.keys.read.bind(two.keys);
      two.keys.read = () => {
        reads += 1;
        return read();
      };
      const token = await one.tokens.issueNodeToken("pi-1");
      expect(await roleOf(two, token.accessToken)).toBe("node");
      const [head, ...rest] = token.accessToken.split(".");
      const strange = { ...JSON.parse(Buffer.from(head ?? "", "base64url").toString()), kid: "nobody's" };
      const forged = [Buffer.from(JSON.stringify(strange)).toString("base64url"), ...rest].join(".");
      for (let count = 0; count < 20; count++) expect(await roleOf(two, forged)).toBe("forged");
      expect(reads).toBeLessThanOrEqual(2);
    });

    it("are sealed: another root key opens none of them, signs with its own, and trusts none that was put there", async () => {
      const people = await open();
      const uwe = await enter(people, "uwe");
      const other = await open({ rootKey: Buffer.alloc(32, 8) });
      expect(other.keys.published.map(({ kid }) => kid)).not.toContain(people.keys.current.kid);
      expect(await roleOf(other, uwe.accessToken)).toBe("forged");
      expect(other.lines).toContainEqual(expect.objectContaining({ level: "error", kid: people.keys.current.kid }));
      const foreign = await other.tokens.issueNodeToken("pi-1");
      await people.keys.read();
      expect(await roleOf(people, foreign.accessToken)).toBe("forged");
    });
  });

  describe("a node's token", () => {
    it("is its own, short, and worth nothing at any gateway once the node's tokens were revoked", async () => {
      const [one, two] = [await open(), await open()];
      const { accessToken, accessExpiresAtMs } = await one.tokens.issueNodeToken("pi-1");
      expect(accessExpiresAtMs).toBe(startMs + 10 * minuteMs);
      expect(await two.verify(accessToken)).toEqual({ name: "pi-1", role: "node", session: null });
      const other = await one.tokens.issueNodeToken("pi-2");
      await one.tokens.revokeNodeTokens("pi-1");
      expect([await roleOf(one, accessToken), await roleOf(one, other.accessToken)]).toEqual(["ended", "node"]);
      await clock.advance(2_000);
      await until(async () => (await roleOf(two, accessToken)) === "ended");
      const next = await one.tokens.issueNodeToken("pi-1");
      expect(await roleOf(two, next.accessToken)).toBe("node");
      later(10 * minuteMs);
      expect(await roleOf(two, next.accessToken)).toBe("ended");
    });
  });
};

describe("people on SQLite", () => suite(async () => openSqlite<GatewaySchema>(":memory:")));

const binaries = postgresBinaries();
describe.skipIf(binaries === undefined)("people on PostgreSQL", () => {
  let server: PrivateServer;
  beforeAll(async () => {
    server = await startPrivateServer(binaries ?? "");
  });
  afterAll(() => server.stop());
  suite(async () => openPostgres<GatewaySchema>(await server.createSpace()));
});
