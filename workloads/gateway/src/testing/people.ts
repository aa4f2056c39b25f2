import { virtualClock } from "@fogline/fakes";
import { inProcessBus } from "@fogline/in-process";
import { type Bus, type Clock, type Database, migrate } from "@fogline/ports";
import { createClient } from "@fogline/rpc";
import { createLog } from "@fogline/service";
import { systemRandom as random } from "@fogline/system";
import { gatewayConfig } from "../index.ts";
import { openPeople, type People } from "../people/people.ts";
import type { PeopleSchema } from "../people/schema.ts";
import type { From } from "../people/sessions.ts";
import type { Granted, SignedInOrNot } from "../people/sign-in.ts";
import { type GatewaySchema, gatewayMigrations } from "../schema.ts";

export const startMs = 1_800_000_000_000;
export const from: From = { address: "192.0.2.1", userAgent: "test" };
export const hostToken = "the-token-of-the-host-that-nobody-guesses";

/** What knows of people at one gateway, as many as wanted over one database. A bus that is not shared is one that loses every event. */
export interface TestPeople extends People {
  readonly database: Database<PeopleSchema>;
  readonly bus: Bus;
  /** Lines of its log, parsed. */
  readonly lines: readonly { readonly level: string; readonly msg: string; readonly [field: string]: unknown }[];
  readonly client: ReturnType<typeof createClient>;
}

export interface TestPeopleOptions {
  readonly clock?: Clock;
  readonly bus?: Bus;
  readonly rootKey?: Uint8Array;
  readonly settings?: Record<string, unknown>;
}

/** The same for all that a test opens without saying another. */
const rootKeyDefault = Buffer.alloc(32, 7);

export const openTestPeople = async (given: Database<GatewaySchema>, options: TestPeopleOptions = {}): Promise<TestPeople> => {
  const { clock = virtualClock(startMs), rootKey = rootKeyDefault, settings = {} } = options;
  const database = given as unknown as Database<PeopleSchema>;
  await migrate(database, gatewayMigrations);
  const bus = options.bus ?? inProcessBus({ clock, random });
  const lines: TestPeople["lines"][number][] = [];
  const log = createLog({ level: "info", destination: { write: (text) => void lines.push(JSON.parse(text) as TestPeople["lines"][number]) } });
  const client = createClient(bus, { clock, random, source: "gateway", log });
  const config = gatewayConfig.parse(settings);
  const secrets = { rootKey, adminToken: () => hostToken };
  const people = await openPeople({ config, database, secrets, client, clock, random, log });
  return { ...people, database, bus, lines, client };
};

/** Tokens of an answer that must have them. */
export const granted = (outcome: SignedInOrNot): Granted => {
  if (outcome === "refused" || "waitMs" in outcome) throw new Error(`nobody was signed in: ${JSON.stringify(outcome)}`);
  return outcome;
};

/** Makes a user where there is none and signs in by link. */
export const enter = async (people: People, name: string, role: "admin" | "user" = "user"): Promise<Granted> => {
  await people.users.create({ name, role });
  const link = await people.links.make(name);
  return granted(await people.signIn.withCode(link?.code ?? "", from));
};
