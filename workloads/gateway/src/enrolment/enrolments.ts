import type { X509Certificate } from "node:crypto";
import type { Enrolment } from "@fogline/contracts";
import type { Clock, Database, Random } from "@fogline/ports";
import type { GatewaySchema } from "../schema.ts";
import type { Certificates } from "./certificates.ts";
import { sha256Hex } from "./fingerprint.ts";
import type { EnrolmentRow } from "./schema.ts";

export interface EnrolmentsParts {
  readonly database: Database<GatewaySchema>;
  readonly clock: Clock;
  readonly random: Random;
  readonly certificates: Certificates;
}

/** Why a token opens nothing. */
export type TokenRefusal = "unknown" | "used" | "expired";

const secretBytes = 24;
/** How long a token that was used or has expired is still listed. */
const keptMs = 7 * 86_400_000;

/**
 * The one-time tokens of slots. Invariants: a slot has one token at most that can be used; a token is used by one key at most, in the transaction
 * that notes the certificate which it got; its secret is not stored.
 */
export class Enrolments {
  readonly #parts: EnrolmentsParts;

  constructor(parts: EnrolmentsParts) {
    this.#parts = parts;
  }

  /** Makes a token for a slot; those of the slot that were not used are worthless from now on. */
  async create(node: string, ttlMs: number): Promise<{ enrolment: Enrolment; secret: string }> {
    const { database, clock, random } = this.#parts;
    const secret = Buffer.from(random.bytes(secretBytes)).toString("base64url");
    const nowMs = clock.now();
    const row: EnrolmentRow = {
      id: random.id(),
      node,
      secret_hash: sha256Hex(secret),
      created_at_ms: nowMs,
      expires_at_ms: nowMs + ttlMs,
      used_at_ms: null,
      used_by_key: null,
    };
    await database.transaction(async (transaction) => {
      await transaction.deleteFrom("enrolments").where("node", "=", node).where("used_at_ms", "is", null).execute();
      await transaction
        .deleteFrom("enrolments")
        .where("expires_at_ms", "<", nowMs - keptMs)
        .execute();
      await transaction.insertInto("enrolments").values(row).execute();
    });
    return { enrolment: enrolmentOf(row), secret };
  }

  /** Newest first, a page at a time. */
  async list(limit: number, after: string | undefined): Promise<{ enrolments: Enrolment[]; next: string | null }> {
    const query = this.#parts.database.kysely
      .selectFrom("enrolments")
      .selectAll()
      .orderBy("id", "desc")
      .limit(limit + 1);
    const rows = await (after === undefined ? query : query.where("id", "<", after)).execute();
    const page = rows.slice(0, limit);
    return { enrolments: page.map(enrolmentOf), next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
  }

  /** The newest token of a slot that is still remembered. */
  async newestOf(node: string): Promise<Enrolment | undefined> {
    const row = await this.#parts.database.kysely
      .selectFrom("enrolments")
      .selectAll()
      .where("node", "=", node)
      .orderBy("id", "desc")
      .limit(1)
      .executeTakeFirst();
    return row && enrolmentOf(row);
  }

  /** How many tokens of a slot can be used now. */
  async usableOf(node: string): Promise<number> {
    const rows = await this.#parts.database.kysely
      .selectFrom("enrolments")
      .select("id")
      .where("node", "=", node)
      .where("used_at_ms", "is", null)
      .where("expires_at_ms", ">", this.#parts.clock.now())
      .execute();
    return rows.length;
  }

  /** False when there is no such token. */
  async remove(id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#parts.database.kysely.deleteFrom("enrolments").where("id", "=", id).executeTakeFirst();
    return numDeletedRows > 0n;
  }

  /** What stands against this key using this token now. */
  async refusal(node: string, secret: string, keyHash: string): Promise<TokenRefusal | undefined> {
    return this.#refusal(await this.#find(this.#parts.database.kysely, node, secret), keyHash);
  }

  /** Uses the token for a certificate, and notes both; or answers why not. */
  use(node: string, secret: string, keyHash: string, certificate: X509Certificate): Promise<TokenRefusal | undefined> {
    const { database, clock, certificates } = this.#parts;
    return database.transaction(async (transaction) => {
      const row = await this.#find(transaction, node, secret);
      const refusal = this.#refusal(row, keyHash);
      if (row === undefined || refusal !== undefined) return refusal;
      await transaction
        .updateTable("enrolments")
        .set({ used_at_ms: row.used_at_ms ?? clock.now(), used_by_key: keyHash })
        .where("id", "=", row.id)
        .execute();
      await certificates.add(transaction, node, certificate);
      return undefined;
    });
  }

  #refusal(row: EnrolmentRow | undefined, keyHash: string): TokenRefusal | undefined {
    if (row === undefined) return "unknown";
    if (row.expires_at_ms <= this.#parts.clock.now()) return "expired";
    // Whoever holds the key that used it asks again because the answer was lost. Who has only heard the request holds no key.
    return row.used_at_ms === null || row.used_by_key === keyHash ? undefined : "used";
  }

  #find(database: Pick<Database<GatewaySchema>["kysely"], "selectFrom">, node: string, secret: string): Promise<EnrolmentRow | undefined> {
    return database.selectFrom("enrolments").selectAll().where("secret_hash", "=", sha256Hex(secret)).where("node", "=", node).executeTakeFirst();
  }
}

const enrolmentOf = (row: EnrolmentRow): Enrolment => ({
  id: row.id,
  node: row.node,
  createdAtMs: row.created_at_ms,
  expiresAtMs: row.expires_at_ms,
  usedAtMs: row.used_at_ms,
});
