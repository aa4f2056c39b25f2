import type { Clock, Database } from "@fogline/ports";
import type { Transaction } from "kysely";
import type { PeopleSchema } from "./schema.ts";

/** Rows written with one statement; more parameters than SQLite takes would be refused. */
const rowsAtOnce = 200;

export const sessionSubject = (id: string): string => `session ${id}`;
export const nodeSubject = (id: string): string => `node ${id}`;

export interface RevocationsParts {
  readonly database: Database<PeopleSchema>;
  readonly clock: Clock;
  /** The longest life of an access token, and what clocks of replicas may differ by. */
  readonly keptMs: number;
  /** Told of sessions that a reading found ended and of which no event told. */
  readonly unheard: (sessions: readonly string[]) => void;
}

/**
 * Access tokens that are refused although they have not expired. Every gateway holds all of them in memory and reads them again every two
 * seconds: an event that is lost delays a revocation by that much and no more. The list is short, because a row is forgotten when no token
 * that it could refuse is valid any more.
 */
export class Revocations {
  readonly #database: Database<PeopleSchema>;
  readonly #clock: Clock;
  readonly #keptMs: number;
  readonly #unheard: (sessions: readonly string[]) => void;
  #known = new Map<string, number>();
  /** What was announced, with the number of the reading that was the last to begin by then: only a later one is sure to have it. */
  readonly #announced = new Map<string, number>();
  #readings = 0;

  constructor({ database, clock, keptMs, unheard }: RevocationsParts) {
    this.#database = database;
    this.#clock = clock;
    this.#keptMs = keptMs;
    this.#unheard = unheard;
  }

  /** Whether tokens of the subject that were issued at `issuedAtMs` are refused. */
  refuses(subject: string, issuedAtMs: number): boolean {
    if (this.#announced.has(subject)) return true;
    const revokedAtMs = this.#known.get(subject);
    return revokedAtMs !== undefined && issuedAtMs <= revokedAtMs;
  }

  /** Takes what another gateway announced, ahead of the next reading. A session's tokens are refused whenever they were issued. */
  heard(sessions: readonly string[]): void {
    for (const id of sessions) this.#announced.set(sessionSubject(id), this.#readings);
  }

  /** Refuses tokens of a node that were issued until now. */
  async revokeNode(id: string): Promise<void> {
    await this.#database.transaction((transaction) => this.write(transaction, [nodeSubject(id)]));
    await this.read();
  }

  /** Writes revocations in the transaction that causes them. `heard` or `read` follows its commit. */
  async write(transaction: Transaction<PeopleSchema>, subjects: readonly string[]): Promise<void> {
    const nowMs = this.#clock.now();
    const rows = subjects.map((subject) => ({ subject, revoked_at_ms: nowMs, forget_at_ms: nowMs + this.#keptMs }));
    for (let from = 0; from < rows.length; from += rowsAtOnce) {
      await transaction
        .insertInto("people_revocations")
        .values(rows.slice(from, from + rowsAtOnce))
        .onConflict((conflict) => conflict.column("subject").doUpdateSet({ revoked_at_ms: nowMs, forget_at_ms: nowMs + this.#keptMs }))
        .execute();
    }
  }

  async read(): Promise<void> {
    this.#readings += 1;
    const reading = this.#readings;
    const rows = await this.#database.kysely
      .selectFrom("people_revocations")
      .select(["subject", "revoked_at_ms"])
      .where("forget_at_ms", ">", this.#clock.now())
      .execute();
    const isSession = (subject: string) => subject.startsWith(sessionSubject(""));
    const unheard = rows
      .map(({ subject }) => subject)
      .filter((subject) => isSession(subject) && !this.#known.has(subject) && !this.#announced.has(subject));
    this.#known = new Map(rows.map(({ subject, revoked_at_ms }) => [subject, isSession(subject) ? Number.POSITIVE_INFINITY : revoked_at_ms]));
    for (const [subject, heardAt] of this.#announced) if (heardAt < reading) this.#announced.delete(subject);
    if (unheard.length > 0) this.#unheard(unheard.map((subject) => subject.slice(sessionSubject("").length)));
  }

  /** Removes what refuses nothing any more. */
  async purge(): Promise<void> {
    await this.#database.kysely.deleteFrom("people_revocations").where("forget_at_ms", "<=", this.#clock.now()).execute();
  }
}
