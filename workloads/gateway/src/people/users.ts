import type { User } from "@fogline/contracts";
import type { Clock, Database } from "@fogline/ports";
import type { Transaction } from "kysely";
import type { PeopleSchema, UserRow } from "./schema.ts";
import type { Sessions } from "./sessions.ts";

export interface UsersParts {
  readonly database: Database<PeopleSchema>;
  readonly clock: Clock;
  readonly sessions: Sessions;
  /** Told after the commit which sessions are over. */
  readonly ended: (sessions: readonly string[]) => void;
}

/** The user that the host itself signs in as. */
export const hostUser = "admin";

export const userOf = (row: UserRow): User => ({
  name: row.name,
  role: row.role === "admin" ? "admin" : "user",
  disabled: row.disabled !== 0,
  hasPassword: row.password !== null,
  external: row.external_subject !== null,
  createdAtMs: row.created_at_ms,
  lastSignInAtMs: row.last_sign_in_at_ms,
  version: row.version,
});

export interface NewUser {
  readonly name: string;
  readonly role: "admin" | "user";
  /** Hashed. */
  readonly password?: string | null;
  readonly externalSubject?: string | null;
}

type Change = Partial<Pick<UserRow, "role" | "disabled" | "password">>;

/**
 * The people who may come in. Invariants: one user with the role admin is left who may sign in, whoever asks for what; whatever takes rights
 * from a user ends the user's sessions in the same transaction, so that no session is left that has more than its user.
 */
export class Users {
  readonly #parts: UsersParts;

  constructor(parts: UsersParts) {
    this.#parts = parts;
  }

  async list({ limit, after }: { limit: number; after?: string | undefined }): Promise<User[]> {
    let query = this.#parts.database.kysely.selectFrom("people_users").selectAll();
    if (after !== undefined) query = query.where("name", ">", after);
    const rows = await query.orderBy("name").limit(limit).execute();
    return rows.map(userOf);
  }

  find(name: string): Promise<UserRow | undefined> {
    return rowOf(this.#parts.database.kysely, name);
  }

  /** Whether anybody can sign in with a password. */
  async havePasswords(): Promise<boolean> {
    const { kysely } = this.#parts.database;
    const found = await kysely
      .selectFrom("people_users")
      .select("name")
      .where("password", "is not", null)
      .where("disabled", "=", 0)
      .limit(1)
      .execute();
    return found.length > 0;
  }

  /** `undefined` when the name is taken. */
  create(user: NewUser): Promise<User | undefined> {
    return this.#parts.database.transaction((transaction) => this.insert(transaction, user));
  }

  async insert(transaction: Transaction<PeopleSchema>, { name, role, password = null, externalSubject = null }: NewUser): Promise<User | undefined> {
    if ((await rowOf(transaction, name)) !== undefined) return undefined;
    const times = { created_at_ms: this.#parts.clock.now(), last_sign_in_at_ms: null };
    const row: UserRow = { name, role, disabled: 0, password, external_subject: externalSubject, ...times, version: 1 };
    await transaction.insertInto("people_users").values(row).execute();
    return userOf(row);
  }

  /** Changes role or admission and ends the user's sessions where something changed. */
  async update(
    name: string,
    { role, disabled }: { role?: "admin" | "user" | undefined; disabled?: boolean | undefined },
  ): Promise<User | "notFound" | "lastAdmin"> {
    return this.#change(name, (row) => ({ role: role ?? row.role, disabled: disabled === undefined ? row.disabled : Number(disabled) }), null);
  }

  /** Stores a hashed password and ends the user's sessions but one. */
  async setPassword(name: string, password: string, but: string | null): Promise<User | "notFound" | "lastAdmin"> {
    return this.#change(name, () => ({ password }), but);
  }

  /** Removes a user with sessions and links. Whether there was one, or why not. */
  async remove(name: string): Promise<boolean | "lastAdmin"> {
    const { database, sessions, ended } = this.#parts;
    const outcome = await database.transaction(async (transaction) => {
      const row = await rowOf(transaction, name);
      if (row === undefined) return false;
      if (await isLastAdmin(transaction, row)) return "lastAdmin" as const;
      const over = await sessions.endOf(transaction, name);
      await transaction.deleteFrom("people_links").where("user_name", "=", name).execute();
      await transaction.deleteFrom("people_users").where("name", "=", name).execute();
      return over;
    });
    if (typeof outcome !== "object") return outcome;
    ended(outcome);
    return true;
  }

  /**
   * The user of the host, as part of the transaction that signs it in: made where there is none, and admin and let in whatever was changed,
   * because who has the host may do everything.
   */
  async ensureHostUser(transaction: Transaction<PeopleSchema>): Promise<UserRow> {
    await this.insert(transaction, { name: hostUser, role: "admin" });
    await transaction.updateTable("people_users").set({ role: "admin", disabled: 0 }).where("name", "=", hostUser).execute();
    const row = await rowOf(transaction, hostUser);
    if (row === undefined) throw new Error(`the user ${hostUser} cannot be read back`);
    return row;
  }

  /** A user who may sign in, as part of a transaction. */
  async enabled(transaction: Transaction<PeopleSchema>, name: string): Promise<UserRow | undefined> {
    const row = await rowOf(transaction, name);
    return row?.disabled === 0 ? row : undefined;
  }

  async #change(name: string, changeOf: (row: UserRow) => Change, but: string | null): Promise<User | "notFound" | "lastAdmin"> {
    const { database, ended } = this.#parts;
    const outcome = await database.transaction((transaction) => this.changeIn(transaction, name, changeOf, but));
    if (typeof outcome === "string") return outcome;
    ended(outcome.ended);
    return outcome.user;
  }

  /** A change as part of another transaction. `ended` is to be told after its commit. */
  async changeIn(
    transaction: Transaction<PeopleSchema>,
    name: string,
    changeOf: (row: UserRow) => Change,
    but: string | null,
  ): Promise<{ user: User; ended: readonly string[] } | "notFound" | "lastAdmin"> {
    const before = await rowOf(transaction, name);
    if (before === undefined) return "notFound";
    const after = { ...before, ...changeOf(before) };
    const same = after.role === before.role && after.disabled === before.disabled && after.password === before.password;
    if (same) return { user: userOf(before), ended: [] };
    if ((after.role !== "admin" || after.disabled !== 0) && (await isLastAdmin(transaction, before))) return "lastAdmin";
    const version = before.version + 1;
    const { role, disabled, password } = after;
    await transaction.updateTable("people_users").set({ role, disabled, password, version }).where("name", "=", name).execute();
    await transaction.deleteFrom("people_links").where("user_name", "=", name).execute();
    return { user: userOf({ ...after, version }), ended: await this.#parts.sessions.endOf(transaction, name, but) };
  }
}

const rowOf = (database: Pick<Transaction<PeopleSchema>, "selectFrom">, name: string): Promise<UserRow | undefined> =>
  database.selectFrom("people_users").selectAll().where("name", "=", name).executeTakeFirst();

/** Whether nobody else is left who is an admin and may sign in. */
const isLastAdmin = async (transaction: Transaction<PeopleSchema>, { name, role, disabled }: UserRow): Promise<boolean> => {
  if (role !== "admin" || disabled !== 0) return false;
  const others = await transaction
    .selectFrom("people_users")
    .select("name")
    .where("role", "=", "admin")
    .where("disabled", "=", 0)
    .where("name", "<>", name)
    .limit(1)
    .execute();
  return others.length === 0;
};
