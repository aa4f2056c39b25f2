import { sessionsRevoked } from "@fogline/contracts";
import type { Clock, Database, Random } from "@fogline/ports";
import type { Client } from "@fogline/rpc";
import type { Log } from "@fogline/service";
import type { GatewayConfig } from "../config.ts";
import { sealWith } from "../sealed.ts";
import { derivedKey, type GatewaySecrets } from "../secrets.ts";
import { Attempts } from "./attempts.ts";
import { type Link, Links } from "./links.ts";
import { Passwords } from "./passwords.ts";
import { Revocations, sessionSubject } from "./revocations.ts";
import type { PeopleSchema } from "./schema.ts";
import { Sessions } from "./sessions.ts";
import { hostIdentity, SignIn } from "./sign-in.ts";
import { SigningKeys } from "./signing-keys.ts";
import { type Identity, type NoIdentity, Tokens } from "./tokens.ts";
import { Users } from "./users.ts";

export interface PeopleParts {
  readonly config: GatewayConfig;
  readonly database: Database<PeopleSchema>;
  readonly secrets: GatewaySecrets;
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface HealthOfPeople {
  readonly status: "healthy" | "degraded";
  readonly reason: string;
}

/** The parts that know who somebody is. */
export interface People {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly links: Links;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  readonly keys: SigningKeys;
  readonly tokens: Tokens;
  readonly signIn: SignIn;
  /** Whose bearer token or cookie it is: an access token, or the host's own token. */
  verify(token: string): Promise<Identity | NoIdentity>;
  /** Whether a session ended before its time. */
  isOver(session: string): boolean;
  /** A one-time link that signs the host's user in. */
  hostLink(): Promise<Link>;
  /** Whether what is known here is fresh, and since when it is not. */
  health(): HealthOfPeople;
  /** To be told, after the commit, of sessions that ended in a transaction of the caller's. */
  readonly ended: (sessions: readonly string[]) => void;
  /** Calls back with sessions that are over, here or at another gateway. */
  onEnded(run: (sessions: readonly string[]) => void): void;
  stop(): Promise<void>;
}

/** What is known here may be this old at most; a revocation or a key that no event told of is found by then. */
const readMs = 2_000;
/** After this long without an answer the gateway says so of itself. */
const staleMs = 5 * readMs;
/** How often what is over is removed, and the age of the key is looked at. */
const clearMs = 60_000;
/** What clocks of gateways may differ by. */
const clockMarginMs = 60_000;

/** What must be told of when sessions end: this gateway's own parts at once, and other gateways by an event. */
const endings = ({ config, database, clock, client }: PeopleParts) => {
  const listeners: ((sessions: readonly string[]) => void)[] = [];
  const tell = (sessions: readonly string[]): void => {
    for (const run of listeners) run(sessions);
  };
  const revocations = new Revocations({ database, clock, keptMs: config.accessTokenMs + clockMarginMs, unheard: tell });
  const over = (sessions: readonly string[]): void => {
    revocations.heard(sessions);
    tell(sessions);
  };
  const ended = (sessions: readonly string[]): void => {
    if (sessions.length === 0) return;
    over(sessions);
    void client.publish(sessionsRevoked, { sessions: [...sessions] });
  };
  return { revocations, over, ended, onEnded: (run: (sessions: readonly string[]) => void) => void listeners.push(run) };
};

/** The parts themselves, before anything was read. */
const assemble = async (parts: PeopleParts, { revocations, ended }: Pick<ReturnType<typeof endings>, "revocations" | "ended">) => {
  const { config, database, secrets, clock, random, log } = parts;
  const seal = sealWith(derivedKey(secrets, "signing keys"), random);
  const keys = new SigningKeys({ database, clock, random, log, seal, signsMs: config.signingKeyMs, tokenMs: config.accessTokenMs });
  const sessions = new Sessions({
    ...{ database, clock, random, revocations, ended },
    ...{ refreshKey: derivedKey(secrets, "refresh tokens"), idleMs: config.sessionIdleMs, lastsMsMax: config.sessionMsMax },
  });
  const users = new Users({ database, clock, sessions, ended });
  const links = new Links(database, clock, random);
  const [passwords, attempts] = [new Passwords(random), new Attempts(clock, config)];
  const tokens = new Tokens({ clock, random, keys, revocations, issuer: await hubId(database, random), accessTokenMs: config.accessTokenMs });
  const signIn = new SignIn({ database, log, secrets, users, sessions, links, tokens, passwords, attempts, ended });
  return { users, sessions, links, passwords, attempts, keys, tokens, signIn };
};

/** Reads keys and revocations, then keeps both fresh until it is stopped. */
export const openPeople = async (parts: PeopleParts): Promise<People> => {
  const { client, clock, log } = parts;
  const { revocations, over, ended, onEnded } = endings(parts);
  const people = await assemble(parts, { revocations, ended });
  const { keys, tokens, signIn, sessions, links } = people;
  await keys.rotate();
  await revocations.read();
  let readAtMs = clock.monotonicMs();
  const fresh = repeat(clock, readMs, log, async () => {
    await Promise.all([revocations.read(), keys.read()]);
    readAtMs = clock.monotonicMs();
  });
  const clear = repeat(clock, clearMs, log, async () => {
    await keys.rotate();
    await Promise.all([sessions.purge(), links.purge(), revocations.purge()]);
  });
  const news = await client.on(sessionsRevoked, async ({ sessions: told }) => over(told));
  return {
    ...{ ...people, ended, onEnded },
    verify: async (token) => {
      const identity = await tokens.verify(token);
      // Asked last: the host's token lies in a file, and most who come have another.
      return identity === "forged" && signIn.isHostToken(token) ? hostIdentity : identity;
    },
    isOver: (session) => revocations.refuses(sessionSubject(session), clock.now()),
    health: () => {
      const oldMs = clock.monotonicMs() - readAtMs;
      if (oldMs <= staleMs) return { status: "healthy", reason: "sessions and keys are known as they are" };
      return { status: "degraded", reason: `for ${Math.round(oldMs / 1_000)} s its database has not said which sessions ended` };
    },
    hostLink: async () => {
      const link = await links.make(null);
      if (link === undefined) throw new Error("the host has a user whatever was changed");
      return link;
    },
    stop: async () => {
      await Promise.all([fresh(), clear(), news.stop()]);
    },
  };
};

/** The id of this hub, made once. */
const hubId = async (database: Database<PeopleSchema>, random: Random): Promise<string> => {
  const read = () => database.kysely.selectFrom("people_hub").select("id").where("position", "=", 1).executeTakeFirst();
  await database.kysely
    .insertInto("people_hub")
    .values({ position: 1, id: random.id() })
    .onConflict((conflict) => conflict.column("position").doNothing())
    .execute();
  const row = await read();
  if (row === undefined) throw new Error("the id of the hub cannot be read back");
  return row.id;
};

/** Runs again and again, with a pause after each; the answer ends that and waits for a run in progress. */
const repeat = (clock: Clock, everyMs: number, log: Log, run: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  let cancel = () => {};
  const again = (): void => {
    cancel = clock.after(everyMs, () => {
      running = run()
        .catch((error: unknown) => log.warn({ err: error }, "what is known of people could not be read and is tried again"))
        .then(() => {
          if (!stopped) again();
        });
    });
  };
  again();
  return () => {
    stopped = true;
    cancel();
    return running;
  };
};
