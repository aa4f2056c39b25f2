import { UserName } from "@fogline/contracts";
import type { Log } from "@fogline/service";
import type { Transaction } from "kysely";
import type { Profile } from "./identity-provider.ts";
import type { PeopleSchema, UserRow } from "./schema.ts";
import type { From } from "./sessions.ts";
import type { Granted, SignIn } from "./sign-in.ts";
import { hostUser, type Users } from "./users.ts";

export interface ExternalParts {
  readonly users: Users;
  readonly signIn: SignIn;
  readonly log: Pick<Log, "warn">;
  readonly ended: (sessions: readonly string[]) => void;
}

/** Names that are tried with a number behind them when others have the name. */
const namesMax = 1_000;
const nameLengthMax = 56;

/**
 * Signs in whom the identity provider vouches for. A user is made at the first time and found by issuer and subject from then on, never by
 * name: who takes another's name at the provider gets a user of their own. `undefined` when the user is disabled here.
 */
export const signInExternal = async ({ users, signIn, log, ended }: ExternalParts, profile: Profile, from: From): Promise<Granted | undefined> => {
  let over: readonly string[] = [];
  const find = async (transaction: Transaction<PeopleSchema>): Promise<UserRow | undefined> => {
    over = [];
    const known = await bySubject(transaction, profile.subject);
    if (known?.disabled === 1) return undefined;
    if (known === undefined) {
      const name = await freeName(transaction, profile.nickname);
      await users.insert(transaction, { name, role: profile.role ?? "user", externalSubject: profile.subject });
      return bySubject(transaction, profile.subject);
    }
    const role = profile.role ?? known.role;
    const changed = await users.changeIn(transaction, known.name, () => ({ role }), null);
    if (changed === "lastAdmin") log.warn({ user: known.name }, "the identity provider takes the role admin from the last admin, who keeps it");
    if (typeof changed === "object") over = changed.ended;
    return bySubject(transaction, profile.subject);
  };
  const granted = await signIn.withProof("identity provider", from, find);
  ended(over);
  return granted;
};

const bySubject = (transaction: Transaction<PeopleSchema>, subject: string): Promise<UserRow | undefined> =>
  transaction.selectFrom("people_users").selectAll().where("external_subject", "=", subject).executeTakeFirst();

/** A name that nobody has, like the given one. The host's own is not given away. */
const freeName = async (transaction: Transaction<PeopleSchema>, nickname: string): Promise<string> => {
  const wanted = userNameOf(nickname);
  for (let number = 1; number <= namesMax; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    const taken = await transaction.selectFrom("people_users").select("name").where("name", "=", name).executeTakeFirst();
    if (taken === undefined && name !== hostUser) return name;
  }
  throw new Error(`${namesMax} users are named like "${wanted}"`);
};

/** The nearest name that is allowed here: `Ada Lovelace` as `ada-lovelace`. */
export const userNameOf = (nickname: string): string => {
  const plain = nickname
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .slice(0, nameLengthMax)
    .replace(/^[._-]+|[._-]+$/g, "");
  return UserName.safeParse(plain).success ? plain : "user";
};
