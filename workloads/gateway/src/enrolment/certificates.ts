import type { X509Certificate } from "node:crypto";
import type { DeviceCertificate } from "@fogline/contracts";
import type { Clock, Database } from "@fogline/ports";
import type { Transaction } from "kysely";
import type { GatewaySchema } from "../schema.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { CertificateRow } from "./schema.ts";

export interface CertificatesParts {
  readonly database: Database<GatewaySchema>;
  readonly clock: Clock;
  /** How long after its end a certificate may still be followed by another; then it is forgotten. */
  readonly renewalGraceMs: number;
}

type Statement = Pick<Transaction<GatewaySchema>, "selectFrom" | "insertInto" | "deleteFrom" | "updateTable">;

/** How many serials one statement names at most. */
const serialsMax = 500;

/** The certificates that were issued to devices, and which of them are revoked. The database is the truth: nothing is kept here. */
export class Certificates {
  readonly #parts: CertificatesParts;

  constructor(parts: CertificatesParts) {
    this.#parts = parts;
  }

  async find(serial: string): Promise<CertificateRow | undefined> {
    return this.#kysely.selectFrom("certificates").selectAll().where("serial", "=", serial).executeTakeFirst();
  }

  /** Newest first. */
  async list(node: string): Promise<DeviceCertificate[]> {
    const rows = await this.#kysely
      .selectFrom("certificates")
      .selectAll()
      .where("node", "=", node)
      .orderBy("issued_at_ms", "desc")
      .orderBy("serial", "desc")
      .execute();
    return rows.map((row) => ({
      serial: row.serial,
      node: row.node,
      fingerprint: row.fingerprint,
      notBeforeMs: row.not_before_ms,
      notAfterMs: row.not_after_ms,
      revokedAtMs: row.revoked_at_ms,
    }));
  }

  /** Notes a certificate inside a transaction, and forgets those of its node that nothing can be done with any more. */
  async add(transaction: Statement, node: string, certificate: X509Certificate): Promise<void> {
    const nowMs = this.#parts.clock.now();
    await transaction
      .deleteFrom("certificates")
      .where("node", "=", node)
      .where("not_after_ms", "<", nowMs - this.#parts.renewalGraceMs)
      .execute();
    await transaction
      .insertInto("certificates")
      .values({
        serial: certificate.serialNumber.toLowerCase(),
        node,
        fingerprint: fingerprintOf(certificate),
        not_before_ms: certificate.validFromDate.getTime(),
        not_after_ms: certificate.validToDate.getTime(),
        issued_at_ms: nowMs,
        revoked_at_ms: null,
      })
      .execute();
  }

  /** Forgets certificates that nothing can be done with any more, of nodes that come no more. */
  async prune(): Promise<void> {
    const { clock, renewalGraceMs } = this.#parts;
    await this.#kysely
      .deleteFrom("certificates")
      .where("not_after_ms", "<", clock.now() - renewalGraceMs)
      .execute();
  }

  /** Adds the certificate that follows another one; false when that one was revoked meanwhile. */
  follow(serial: string, node: string, certificate: X509Certificate): Promise<boolean> {
    return this.#parts.database.transaction(async (transaction) => {
      const before = await transaction.selectFrom("certificates").select("revoked_at_ms").where("serial", "=", serial).executeTakeFirst();
      if (before === undefined || before.revoked_at_ms !== null) return false;
      await this.add(transaction, node, certificate);
      return true;
    });
  }

  /**
   * Revokes every certificate of a node that was issued until `issuedUntilMs`, and makes its tokens worthless that were made until then.
   * Answers the serials that were revoked now.
   */
  revoke(node: string, issuedUntilMs: number): Promise<string[]> {
    return this.#parts.database.transaction(async (transaction) => {
      await transaction
        .deleteFrom("enrolments")
        .where("node", "=", node)
        .where("used_at_ms", "is", null)
        .where("created_at_ms", "<=", issuedUntilMs)
        .execute();
      const rows = await transaction
        .updateTable("certificates")
        .set({ revoked_at_ms: this.#parts.clock.now() })
        .where("node", "=", node)
        .where("revoked_at_ms", "is", null)
        .where("issued_at_ms", "<=", issuedUntilMs)
        .returning("serial")
        .execute();
      if (rows.length > 0) await countRevocation(transaction);
      return rows.map(({ serial }) => serial);
    });
  }

  /** Revokes what a node had before the certificate of this serial, which takes over. Answers the serials that were revoked now. */
  supersede(node: string, serial: string): Promise<string[]> {
    return this.#parts.database.transaction(async (transaction) => {
      const heir = await transaction.selectFrom("certificates").selectAll().where("serial", "=", serial).executeTakeFirst();
      if (heir === undefined || heir.node !== node || heir.revoked_at_ms !== null) return [];
      const rows = await transaction
        .updateTable("certificates")
        .set({ revoked_at_ms: this.#parts.clock.now() })
        .where("node", "=", node)
        .where("serial", "!=", serial)
        .where("revoked_at_ms", "is", null)
        .where("issued_at_ms", "<=", heir.issued_at_ms)
        .returning("serial")
        .execute();
      if (rows.length > 0) await countRevocation(transaction);
      return rows.map((row) => row.serial);
    });
  }

  /** How often anything was revoked so far. */
  async revocations(): Promise<number> {
    return (await this.#kysely.selectFrom("revocations").select("count").where("name", "=", "all").executeTakeFirstOrThrow()).count;
  }

  /** Which of these are revoked, or not known any more. */
  async worthless(serials: readonly string[]): Promise<ReadonlySet<string>> {
    const worthless = new Set(serials);
    for (let from = 0; from < serials.length; from += serialsMax) {
      const some = serials.slice(from, from + serialsMax);
      const rows = await this.#kysely
        .selectFrom("certificates")
        .select("serial")
        .where("serial", "in", some)
        .where("revoked_at_ms", "is", null)
        .execute();
      for (const { serial } of rows) worthless.delete(serial);
    }
    return worthless;
  }

  get #kysely() {
    return this.#parts.database.kysely;
  }
}

/** In the transaction that revokes: who reads the same count again has missed nothing. */
const countRevocation = async (transaction: Statement): Promise<void> => {
  await transaction
    .updateTable("revocations")
    .set(({ eb }) => ({ count: eb("count", "+", 1) }))
    .where("name", "=", "all")
    .execute();
};
