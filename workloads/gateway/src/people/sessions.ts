import type { Clock, Database, Random } from "@fogline/ports";
import type { Transaction } from "kysely";
import { provesRefresh, readRefreshToken, refreshTokenOf } from "./refresh-token.ts";
import { type Revocations, sessionSubject } from "./revocations.ts";
import type { PeopleSchema, SessionRow, UserRow } from "./schema.ts";

/** Where a session is opened from. */
export interface From {
  readonly address: string;
  readonly userAgent: string;
}

/** A session whose tokens may be given out now. */
export interface OpenSession {
  readonly id: string;
  readonly user: string;
  readonly role: "admin" | "user";
  readonly refreshToken: string;
  readonly expiresAtMs: number;
}

/** `replayed`: the token was exchanged before, so somebody else has it too, and the session of `user` has ended. */
export type Refreshed = OpenSession | "refused" | { readonly replayed: { readonly session: string; readonly user: string } };

export interface SessionsParts {
  readonly database: Database<PeopleSchema>;
  readonly clock: Clock;
  readonly random: Random;
  readonly revocations: Revocations;
  /** Refresh tokens are made with it. */
  readonly refreshKey: Uint8Array;
  /** How long a session lasts unless it is refreshed, and at most. */
  readonly idleMs: number;
  readonly lastsMsMax: number;
  /** Told after the commit which sessions are over. */
  readonly ended: (sessions: readonly string[]) => void;
}

/** How long after its exchange a refresh token is answered once more with the same next one: for two tabs, and for an answer that got lost. */
const graceMs = 10_000;
/** Open sessions of one user at most; the oldest ends when one more opens. */
const sessionsMax = 50;
const saltBytes = 16;
const userAgentLengthMax = 200;
/** Sessions that a round of clearing ends at most. */
const purgedMax = 1_000;

/** The sessions of people. A session that ended has no row, and its access tokens are on the list of revocations until they expire. */
export class Sessions {
  readonly #parts: SessionsParts;

  constructor(parts: SessionsParts) {
    this.#parts = parts;
  }

  /** Opens one for a user who may sign in, in the transaction that found so. Answers those that had to end for it, too. */
  async open(transaction: Transaction<PeopleSchema>, user: UserRow, from: From): Promise<{ opened: OpenSession; ended: readonly string[] }> {
    const { clock, random, idleMs, lastsMsMax } = this.#parts;
    const nowMs = clock.now();
    const surplus = await transaction
      .selectFrom("people_sessions")
      .select("id")
      .where("user_name", "=", user.name)
      .orderBy("id", "desc")
      .offset(sessionsMax - 1)
      .limit(sessionsMax)
      .execute();
    const ended = await this.#end(
      transaction,
      surplus.map(({ id }) => id),
    );
    const row: SessionRow = {
      id: random.id(),
      user_name: user.name,
      salt: Buffer.from(random.bytes(saltBytes)).toString("base64url"),
      ...{ generation: 0, rotated_at_ms: nowMs, created_at_ms: nowMs, last_used_at_ms: nowMs },
      ...{ expires_at_ms: nowMs + Math.min(idleMs, lastsMsMax), ends_at_ms: nowMs + lastsMsMax },
      ...{ address: from.address, user_agent: printable(from.userAgent) },
    };
    await transaction.insertInto("people_sessions").values(row).execute();
    await transaction.updateTable("people_users").set({ last_sign_in_at_ms: nowMs }).where("name", "=", user.name).execute();
    return { opened: this.#given(row, user), ended };
  }

  /** Exchanges a refresh token. */
  async refresh(token: string): Promise<Refreshed> {
    const claim = readRefreshToken(token);
    if (claim === undefined) return "refused";
    const { database, clock, refreshKey, idleMs, ended } = this.#parts;
    const outcome = await database.transaction(async (transaction): Promise<Refreshed> => {
      const session = await transaction.selectFrom("people_sessions").selectAll().where("id", "=", claim.session).executeTakeFirst();
      // Proved before anything happens: who can only name a session cannot end it.
      if (session === undefined || !provesRefresh(claim, session.salt, refreshKey)) return "refused";
      const user = await transaction.selectFrom("people_users").selectAll().where("name", "=", session.user_name).executeTakeFirst();
      const nowMs = clock.now();
      if (user === undefined || user.disabled !== 0 || session.expires_at_ms <= nowMs) return "refused";
      if (claim.generation === session.generation) {
        const next = {
          ...{ generation: session.generation + 1, rotated_at_ms: nowMs, last_used_at_ms: nowMs },
          expires_at_ms: Math.min(nowMs + idleMs, session.ends_at_ms),
        };
        await transaction.updateTable("people_sessions").set(next).where("id", "=", session.id).execute();
        return this.#given({ ...session, ...next }, user);
      }
      if (claim.generation === session.generation - 1 && nowMs - session.rotated_at_ms <= graceMs) return this.#given(session, user);
      await this.#end(transaction, [session.id]);
      return { replayed: { session: session.id, user: user.name } };
    });
    if (typeof outcome === "object" && "replayed" in outcome) ended([outcome.replayed.session]);
    return outcome;
  }

  /** Newest first; only those of `user` when one is given. */
  async list({ user, limit, after }: { user?: string | undefined; limit: number; after?: string | undefined }): Promise<SessionRow[]> {
    let query = this.#parts.database.kysely.selectFrom("people_sessions").selectAll().where("expires_at_ms", ">", this.#parts.clock.now());
    if (user !== undefined) query = query.where("user_name", "=", user);
    if (after !== undefined) query = query.where("id", "<", after);
    return query.orderBy("id", "desc").limit(limit).execute();
  }

  /** Ends one session, of `owner` alone when one is given. False when there is none. */
  async revoke(id: string, owner?: string): Promise<boolean> {
    const { database, ended } = this.#parts;
    const revoked = await database.transaction(async (transaction) => {
      const session = await transaction.selectFrom("people_sessions").select("user_name").where("id", "=", id).executeTakeFirst();
      if (session === undefined || (owner !== undefined && session.user_name !== owner)) return false;
      await this.#end(transaction, [id]);
      return true;
    });
    if (revoked) ended([id]);
    return revoked;
  }

  /** Ends the session that a refresh token belongs to, whether or not the token is its latest. */
  async revokeByToken(token: string): Promise<void> {
    const claim = readRefreshToken(token);
    if (claim === undefined) return;
    const { database, refreshKey } = this.#parts;
    const session = await database.kysely.selectFrom("people_sessions").select("salt").where("id", "=", claim.session).executeTakeFirst();
    if (session !== undefined && provesRefresh(claim, session.salt, refreshKey)) await this.revoke(claim.session);
  }

  /** Ends the sessions of a user but one, inside the transaction that is the reason for it, and answers which. */
  async endOf(transaction: Transaction<PeopleSchema>, user: string, but: string | null = null): Promise<readonly string[]> {
    const rows = await transaction.selectFrom("people_sessions").select("id").where("user_name", "=", user).execute();
    return this.#end(
      transaction,
      rows.map(({ id }) => id).filter((id) => id !== but),
    );
  }

  /** Ends what nobody refreshed in time. */
  async purge(): Promise<void> {
    const { database, clock, ended } = this.#parts;
    const over = await database.transaction(async (transaction) => {
      const expired = transaction.selectFrom("people_sessions").select("id").where("expires_at_ms", "<=", clock.now()).limit(purgedMax);
      const rows = await expired.execute();
      return this.#end(
        transaction,
        rows.map(({ id }) => id),
      );
    });
    if (over.length > 0) ended(over);
  }

  async #end(transaction: Transaction<PeopleSchema>, ids: readonly string[]): Promise<readonly string[]> {
    if (ids.length === 0) return ids;
    await transaction.deleteFrom("people_sessions").where("id", "in", ids).execute();
    await this.#parts.revocations.write(transaction, ids.map(sessionSubject));
    return ids;
  }

  #given(session: SessionRow, user: UserRow): OpenSession {
    const { id, generation, salt } = session;
    const refreshToken = refreshTokenOf({ session: id, generation }, salt, this.#parts.refreshKey);
    return { id, user: user.name, role: user.role === "admin" ? "admin" : "user", refreshToken, expiresAtMs: session.expires_at_ms };
  }
}

/** The name that a program gives itself, fit to be shown. */
const printable = (userAgent: string): string => userAgent.replace(/[^\x20-\x7e]/g, "?").slice(0, userAgentLengthMax);
