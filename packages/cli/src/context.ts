import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { systemClock, systemRandom } from "@fogline/system";
import { type HubClient, hubAddress, hubClient } from "./hub-client.ts";
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
  hub(): HubClient;
}

export const createContext = (options: GlobalOptions, streams: Streams, workingFolder: string): Context => {
  const repository = repositoryAround(resolve(workingFolder, options.repo ?? "."));
  const dataFolder = resolve(workingFolder, options.data ?? streams.environment.FOGLINE_DATA ?? resolve(repository, ".fogline"));
  return {
    output: createOutput(streams, options.json ?? false),
    repository,
    dataFolder,
    workingFolder,
    environment: streams.environment,
    clock: systemClock,
    random: systemRandom,
    hub: () => hubClient(hubAddress(options, streams.environment, dataFolder)),
  };
};

/** The nearest folder upwards that is a repository or holds a fleet; the folder itself when there is none. */
const repositoryAround = (folder: string): string => {
  for (let at = folder; ; at = dirname(at)) {
    if ([".git", "clusters/fleet.yaml"].some((name) => existsSync(join(at, name)))) return at;
    if (dirname(at) === at) return folder;
  }
};
