import { createHash } from "node:crypto";
import type { Clock, Database, Random } from "@fogline/ports";
import type { Transaction } from "kysely";
import type { PeopleSchema } from "./schema.ts";

/** What opens the pages signed in, once. */
export interface Link {
  readonly code: string;
  readonly expiresAtMs: number;
}

const codeBytes = 32;
const lastsMs = 3_600_000;
/** Links of one user that can be used at a time at most; the oldest is worthless when one more is made. */
const linksMax = 10;

/** A slow hash adds nothing: the code is random and not a password (OWASP Password Storage Cheat Sheet, high-entropy secrets). */
const hashOf = (code: string): string => createHash("sha256").update(code).digest("hex");

/** One-time sign-in links. The code is shown once and only its hash is stored. */
export class Links {
  readonly #database: Database<PeopleSchema>;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(database: Database<PeopleSchema>, clock: Clock, random: Random) {
    this.#database = database;
    this.#clock = clock;
    this.#random = random;
  }

  /** A link for a user, null being the host's; `undefined` when there is no such user. */
  async make(user: string | null): Promise<Link | undefined> {
    const code = Buffer.from(this.#random.bytes(codeBytes)).toString("base64url");
    const expiresAtMs = this.#clock.now() + lastsMs;
    const made = await this.#database.transaction(async (transaction) => {
      if (user !== null) {
        const known = await transaction.selectFrom("people_users").select("name").where("name", "=", user).executeTakeFirst();
        if (known === undefined) return false;
      }
      const older = await transaction
        .selectFrom("people_links")
        .select("code_hash")
        .where("user_name", user === null ? "is" : "=", user)
        .orderBy("expires_at_ms", "desc")
        .offset(linksMax - 1)
        .limit(linksMax)
        .execute();
      const hashes = older.map(({ code_hash }) => code_hash);
      if (hashes.length > 0) await transaction.deleteFrom("people_links").where("code_hash", "in", hashes).execute();
      await transaction
        .insertInto("people_links")
        .values({ code_hash: hashOf(code), user_name: user, expires_at_ms: expiresAtMs })
        .execute();
      return true;
    });
    return made ? { code, expiresAtMs } : undefined;
  }

  /** Uses a code up and answers whose link it was. Of two transactions that try at once, one finds the row gone. */
  async use(transaction: Transaction<PeopleSchema>, code: string): Promise<{ readonly user: string | null } | undefined> {
    const code_hash = hashOf(code);
    const link = await transaction.selectFrom("people_links").selectAll().where("code_hash", "=", code_hash).executeTakeFirst();
    if (link === undefined) return undefined;
    await transaction.deleteFrom("people_links").where("code_hash", "=", code_hash).execute();
    return link.expires_at_ms <= this.#clock.now() ? undefined : { user: link.user_name };
  }

  async purge(): Promise<void> {
    await this.#database.kysely.deleteFrom("people_links").where("expires_at_ms", "<=", this.#clock.now()).execute();
  }
}
