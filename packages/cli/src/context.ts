import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { systemClock, systemRandom } from "@fogline/system";
import { hubAddress, hubUrl } from "./hub-address.ts";
import { type HubAddress, type HubClient, hubClient } from "./hub-client.ts";
import { type Logins, openLogins } from "./logins.ts";
import { createOutput, type Output, type Streams } from "./output.ts";

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly repo?: string;
  readonly data?: string;
  readonly url?: string;
}

/** What a command works with. */
export interface Context {
  readonly output: Output;
  /** The folder whose repository holds the fleet. */
  readonly repository: string;
  readonly dataFolder: string;
  /** What relative paths of arguments are relative to. */
  readonly workingFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: typeof systemClock;
  readonly random: typeof systemRandom;
  /** The hub as this user, signed in. */
  hub(): HubClient;
  /** The address of the hub. */
  hubUrl(): string;
  /** The address of the hub with what lets this user in, for what is no call. */
  hubAddress(): HubAddress;
  readonly logins: Logins;
}

export const createContext = (options: GlobalOptions, streams: Streams, workingFolder: string): Context => {
  const repository = repositoryAround(resolve(workingFolder, options.repo ?? "."));
  const dataFolder = resolve(workingFolder, options.data ?? streams.environment.FOGLINE_DATA ?? resolve(repository, ".fogline"));
  const logins = openLogins(streams.environment);
  return {
    output: createOutput(streams, options.json ?? false),
    repository,
    dataFolder,
    workingFolder,
    environment: streams.environment,
    clock: systemClock,
    random: systemRandom,
    hub: () => hubClient(hubAddress(options, streams.environment, dataFolder, logins)),
    hubAddress: () => hubAddress(options, streams.environment, dataFolder, logins),
    hubUrl: () => hubUrl(options, streams.environment, dataFolder),
    logins,
  };
};

/** The nearest folder upwards that is a repository or holds a fleet; the folder itself when there is none. */
const repositoryAround = (folder: string): string => {
  for (let at = folder; ; at = dirname(at)) {
    if ([".git", "clusters/fleet.yaml"].some((name) => existsSync(join(at, name)))) return at;
    if (dirname(at) === at) return folder;
  }
};
