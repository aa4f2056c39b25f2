import { createHash, timingSafeEqual } from "node:crypto";
import type { Session } from "@fogline/contracts";
import type { Database } from "@fogline/ports";
import type { Log } from "@fogline/service";
import type { Transaction } from "kysely";
import type { GatewaySecrets } from "../secrets.ts";
import type { Attempts } from "./attempts.ts";
import type { Links } from "./links.ts";
import { type Passwords, TooBusy } from "./passwords.ts";
import type { PeopleSchema, UserRow } from "./schema.ts";
import type { From, OpenSession, Sessions } from "./sessions.ts";
import type { Tokens } from "./tokens.ts";
import { hostUser, type Users } from "./users.ts";

/** Tokens with the session that they are of; all there. */
export type Granted = Session & { readonly accessToken: string; readonly refreshToken: string; readonly session: string };

/** `refused` says no more than that: neither whether the name is known nor what was wrong. */
export type SignedInOrNot = Granted | "refused" | { readonly waitMs: number };

export interface SignInParts {
  readonly database: Database<PeopleSchema>;
  readonly log: Pick<Log, "info" | "warn">;
  readonly secrets: Pick<GatewaySecrets, "adminToken">;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly links: Links;
  readonly tokens: Tokens;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  readonly ended: (sessions: readonly string[]) => void;
}

/** A place in the queue of hashes is free again within this. */
const busyMs = 2_000;

/** Every way in: a password, a one-time code, the host's own token, the identity provider, and a refresh token. */
export class SignIn {
  readonly #parts: SignInParts;

  constructor(parts: SignInParts) {
    this.#parts = parts;
  }

  async withPassword({ name, password }: { name: string; password: string }, from: From): Promise<SignedInOrNot> {
    const { attempts, users, passwords } = this.#parts;
    const waitMs = attempts.begin(from.address, name);
    if (waitMs > 0) return { waitMs };
    const user = await users.find(name);
    const matches = await passwords.matches(password, user?.password ?? null).catch(unlessBusy);
    if (matches === undefined) {
      attempts.forgive(from.address, name);
      return { waitMs: busyMs };
    }
    // Read again with the session, because a hash takes long enough for the user to be changed meanwhile.
    const granted = matches
      ? await this.#open("password", from, async (transaction) => {
          const now = await users.enabled(transaction, name);
          return now?.password === user?.password ? now : undefined;
        })
      : undefined;
    if (granted === undefined) return this.#refused("password", from, name);
    attempts.forgive(from.address, name);
    return granted;
  }

  async withCode(code: string, from: From): Promise<SignedInOrNot> {
    const { users, links } = this.#parts;
    const find = async (transaction: Transaction<PeopleSchema>) => {
      const link = await links.use(transaction, code);
      if (link === undefined) return undefined;
      return link.user === null ? users.ensureHostUser(transaction) : users.enabled(transaction, link.user);
    };
    return this.#counted(from, "code", () => this.#open("code", from, find));
  }

  /** With the token of the host: the way in when no admin can sign in. */
  async withHostToken(token: string, from: From): Promise<SignedInOrNot> {
    const open = () => this.#open("host token", from, (transaction) => this.#parts.users.ensureHostUser(transaction));
    return this.#counted(from, "host token", async () => (this.isHostToken(token) ? open() : undefined));
  }

  /** For who proved to be `name` elsewhere. `find` decides within the transaction that opens the session. */
  withProof(how: string, from: From, find: (transaction: Transaction<PeopleSchema>) => Promise<UserRow | undefined>): Promise<Granted | undefined> {
    return this.#open(how, from, find);
  }

  async refresh(refreshToken: string, from: From): Promise<SignedInOrNot> {
    const { sessions, log } = this.#parts;
    const outcome = await sessions.refresh(refreshToken);
    if (outcome === "refused") return this.#refused("refresh token", from);
    if ("replayed" in outcome) {
      log.warn({ ...outcome.replayed, address: from.address }, "a refresh token came a second time, so its session has ended");
      return "refused";
    }
    return this.#granted(outcome);
  }

  /** Compared by hash, in a time that does not tell where they differ. */
  isHostToken(token: string): boolean {
    const wanted = this.#parts.secrets.adminToken();
    return wanted !== undefined && timingSafeEqual(digest(token), digest(wanted));
  }

  async #counted(from: From, how: string, work: () => Promise<Granted | undefined>): Promise<SignedInOrNot> {
    const waitMs = this.#parts.attempts.begin(from.address);
    if (waitMs > 0) return { waitMs };
    const granted = await work();
    if (granted === undefined) return this.#refused(how, from);
    this.#parts.attempts.forgive(from.address);
    return granted;
  }

  #refused(how: string, { address }: From, user?: string): "refused" {
    this.#parts.log.warn({ how, address, ...(user === undefined ? {} : { user }) }, "a sign-in was refused");
    return "refused";
  }

  async #open(how: string, from: From, find: (transaction: Transaction<PeopleSchema>) => Promise<UserRow | undefined>): Promise<Granted | undefined> {
    const { database, sessions, log, ended } = this.#parts;
    const found = await database.transaction(async (transaction) => {
      const user = await find(transaction);
      return user && sessions.open(transaction, user, from);
    });
    if (found === undefined) return undefined;
    if (found.ended.length > 0) ended(found.ended);
    const { id, user } = found.opened;
    log.info({ user, session: id, how, address: from.address }, "signed in");
    return this.#granted(found.opened);
  }

  async #granted({ id, user, role, refreshToken, expiresAtMs }: OpenSession): Promise<Granted> {
    const access = await this.#parts.tokens.issue({ name: user, role, session: id });
    return { name: user, role, session: id, ...access, refreshToken, expiresAtMs };
  }
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

const unlessBusy = (thrown: unknown): undefined => {
  if (thrown instanceof TooBusy) return undefined;
  throw thrown;
};

/** The identity of the host's own token. */
export const hostIdentity = { name: hostUser, role: "admin", session: null } as const;
