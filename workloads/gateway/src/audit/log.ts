import { createHmac, timingSafeEqual } from "node:crypto";
import type { AuditRecord } from "@fogline/contracts";
import type { Database } from "@fogline/ports";
import { sql, type Transaction } from "kysely";
import { type Break, beginning, follow, hashOf, isBreak, type Link } from "./chain.ts";
import { type NewRecord, recordOf, rowOf } from "./entries.ts";
import type { AuditEndRow, AuditSchema } from "./schema.ts";

export interface AuditLogParts {
  readonly database: Database<AuditSchema>;
  /** Seals the ends of the chain. */
  readonly key: Uint8Array;
  /** Entries that are kept; the oldest above are dropped. */
  readonly kept: number;
}

/** Which entries are asked for. */
export interface Wanted {
  readonly limit: number;
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly principal?: string | undefined;
  readonly operation?: string | undefined;
  readonly target?: string | undefined;
}

export interface Verified {
  readonly entries: number;
  readonly head: Link | null;
  readonly broken: Break | null;
}

/** How many entries above the limit are dropped together. */
const dropAtOnce = 1_000;
/** Entries that are read at once to be verified. */
const readAtOnce = 1_000;

type Work = Transaction<AuditSchema>;

/**
 * The chain of entries in a database that several gateways may share. Invariants: sequences have no gaps; the hash of each entry covers the one
 * before; `head` is the newest entry and `anchor` the newest one that was dropped, both committed together with what moved them.
 */
export class AuditLog {
  readonly #parts: AuditLogParts;

  constructor(parts: AuditLogParts) {
    this.#parts = parts;
  }

  /** Appends entries in one transaction. Resolves when they are committed. */
  append(entries: readonly NewRecord[]): Promise<void> {
    return this.#parts.database.transaction(async (transaction) => {
      await this.#lock(transaction);
      let at = await this.#end(transaction, "head");
      const chained: AuditRecord[] = [];
      for (const entry of entries) {
        const unchained = { ...entry, sequence: at.sequence + 1 };
        at = { sequence: unchained.sequence, hash: hashOf(at.hash, unchained) };
        chained.push({ ...unchained, hash: at.hash });
      }
      await transaction.insertInto("audit_entries").values(chained.map(rowOf)).execute();
      await this.#move(transaction, "head", at);
      await this.#drop(transaction, at.sequence - this.#parts.kept);
    });
  }

  /** Newest first, or with `after` oldest first; and the hash before the oldest of them. */
  async list({ limit, before, after, principal, operation, target }: Wanted): Promise<{ entries: AuditRecord[]; previousHash: string }> {
    let query = this.#parts.database.kysely.selectFrom("audit_entries").selectAll();
    if (before !== undefined) query = query.where("sequence", "<", before);
    if (after !== undefined) query = query.where("sequence", ">", after);
    if (principal !== undefined) query = query.where("principal", "=", principal);
    if (operation !== undefined) query = query.where("operation", "=", operation);
    if (target !== undefined) query = query.where("target", "=", target);
    const rows = await query
      .orderBy("sequence", after === undefined ? "desc" : "asc")
      .limit(limit)
      .execute();
    const oldest = rows.reduce((least, { sequence }) => Math.min(least, sequence), Number.POSITIVE_INFINITY);
    return { entries: rows.map(recordOf), previousHash: await this.#hashBefore(oldest) };
  }

  /** Computes the chain anew, from the anchor to the head. What is appended meanwhile is not looked at. */
  async verify(): Promise<Verified> {
    const { kysely } = this.#parts.database;
    for (;;) {
      const ends = await this.#ends();
      if ("why" in ends) return { entries: 0, head: null, broken: ends };
      const { anchor, head } = ends;
      let at: Link | Break = anchor;
      while (!isBreak(at) && at.sequence < head.sequence) {
        const rows = await kysely
          .selectFrom("audit_entries")
          .selectAll()
          .where("sequence", ">", at.sequence)
          .where("sequence", "<=", head.sequence)
          .orderBy("sequence")
          .limit(readAtOnce)
          .execute();
        at =
          rows.length === 0
            ? { sequence: at.sequence + 1, why: `entry ${at.sequence + 1} is missing: the newest is ${head.sequence}` }
            : follow(at, rows.map(recordOf));
      }
      // The oldest entries may have been dropped while they were read: then it begins anew, from the anchor that there is now.
      if (isBreak(at) && ((await this.#endOrNothing("anchor")) ?? beginning).sequence > anchor.sequence) continue;
      return this.#judged(at, ends);
    }
  }

  async #judged(at: Link | Break, { anchor, head }: { readonly anchor: Link; readonly head: Link }): Promise<Verified> {
    const entries = head.sequence - anchor.sequence;
    const known = head.sequence === 0 ? null : head;
    const surplus = await this.#outside(anchor, head);
    if (surplus !== undefined)
      return { entries, head: known, broken: { sequence: surplus, why: `entry ${surplus} is beyond the ends of the chain` } };
    if (isBreak(at)) return { entries, head: known, broken: at };
    if (at.hash !== head.hash)
      return { entries, head: known, broken: { sequence: head.sequence, why: `entry ${head.sequence} is not the newest that was written` } };
    return { entries, head: known, broken: null };
  }

  /** An entry before the anchor, which should be gone. Behind the head there may be newer ones by now, unless the head is still the same. */
  async #outside(anchor: Link, head: Link): Promise<number | undefined> {
    const { kysely } = this.#parts.database;
    const old = await kysely.selectFrom("audit_entries").select("sequence").where("sequence", "<=", anchor.sequence).executeTakeFirst();
    if (old !== undefined) return old.sequence;
    const newer = await kysely
      .selectFrom("audit_entries")
      .select("sequence")
      .where("sequence", ">", head.sequence)
      .orderBy("sequence", "desc")
      .executeTakeFirst();
    const now = newer === undefined ? undefined : await this.#endOrNothing("head");
    return newer !== undefined && newer.sequence > (now?.sequence ?? head.sequence) ? newer.sequence : undefined;
  }

  async #ends(): Promise<{ readonly anchor: Link; readonly head: Link } | Break> {
    const rows = await this.#parts.database.kysely.selectFrom("audit_ends").selectAll().execute();
    const forged = rows.find((row) => !this.#isSealed(row));
    if (forged !== undefined) return { sequence: forged.sequence, why: `the ${forged.name} of the chain was not written by a gateway of this hub` };
    const end = (wanted: AuditEndRow["name"]): Link => {
      const { sequence, hash } = rows.find(({ name }) => name === wanted) ?? beginning;
      return { sequence, hash };
    };
    return { anchor: end("anchor"), head: end("head") };
  }

  async #endOrNothing(name: AuditEndRow["name"]): Promise<AuditEndRow | undefined> {
    return this.#parts.database.kysely.selectFrom("audit_ends").selectAll().where("name", "=", name).executeTakeFirst();
  }

  /** One writer at a time, before the transaction's snapshot is taken; SQLite has one by itself. */
  async #lock(transaction: Work): Promise<void> {
    if (this.#parts.database.dialect === "postgres") await sql`lock table audit_ends in exclusive mode`.execute(transaction);
  }

  async #end(transaction: Work, name: AuditEndRow["name"]): Promise<Link> {
    const row = await transaction.selectFrom("audit_ends").select(["sequence", "hash"]).where("name", "=", name).executeTakeFirst();
    return row ?? beginning;
  }

  async #move(transaction: Work, name: AuditEndRow["name"], { sequence, hash }: Link): Promise<void> {
    const seal = this.#sealOf(name, { sequence, hash });
    await transaction
      .insertInto("audit_ends")
      .values({ name, sequence, hash, seal })
      .onConflict((conflict) => conflict.column("name").doUpdateSet({ sequence, hash, seal }))
      .execute();
  }

  /** Drops the entries up to a sequence, when they are enough to be worth it; the anchor remembers where the rest goes on. */
  async #drop(transaction: Work, upTo: number): Promise<void> {
    const anchor = await this.#end(transaction, "anchor");
    if (upTo - anchor.sequence < Math.min(dropAtOnce, this.#parts.kept)) return;
    const last = await transaction.selectFrom("audit_entries").select(["sequence", "hash"]).where("sequence", "=", upTo).executeTakeFirst();
    if (last === undefined) return;
    await transaction.deleteFrom("audit_entries").where("sequence", "<=", upTo).execute();
    await this.#move(transaction, "anchor", last);
  }

  async #hashBefore(sequence: number): Promise<string> {
    const { kysely } = this.#parts.database;
    const anchor = (await this.#endOrNothing("anchor")) ?? beginning;
    if (sequence === Number.POSITIVE_INFINITY || sequence - 1 <= anchor.sequence) return anchor.hash;
    const before = await kysely
      .selectFrom("audit_entries")
      .select("hash")
      .where("sequence", "=", sequence - 1)
      .executeTakeFirst();
    return before?.hash ?? anchor.hash;
  }

  #sealOf(name: AuditEndRow["name"], { sequence, hash }: Link): string {
    return createHmac("sha256", this.#parts.key).update(`${name}\n${sequence}\n${hash}`).digest("hex");
  }

  #isSealed({ name, sequence, hash, seal }: AuditEndRow): boolean {
    const [given, wanted] = [Buffer.from(seal), Buffer.from(this.#sealOf(name, { sequence, hash }))];
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }
}
