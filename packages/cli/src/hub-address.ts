import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FoglineError } from "@fogline/findings";
import type { HubAddress } from "./hub-client.ts";
import { type Logins, originOf } from "./logins.ts";
import { sessionToken } from "./session-token.ts";

/** Where the hub is: the option, then FOGLINE_URL, then the local hub's data folder. */
export const hubUrl = (options: HubOptions, environment: Environment, dataFolder: string): string =>
  (options.url ?? environment.FOGLINE_URL ?? localUrl(dataFolder)).replace(/\/+$/, "");

/** How to be let in: FOGLINE_TOKEN, then the login of this user at that hub, then, for the hub of this machine, the token in its data folder. */
export const hubAddress = (options: HubOptions, environment: Environment, dataFolder: string, logins: Logins): HubAddress => {
  const url = hubUrl(options, environment, dataFolder);
  if (environment.FOGLINE_TOKEN !== undefined) return { url, token: environment.FOGLINE_TOKEN };
  if (logins.read(url) !== undefined) return { url, token: sessionToken(logins, url, () => Date.now()) };
  // Only to this machine: the token of one hub is not for whoever listens at another address.
  const token = isLocal(url, dataFolder) ? read(join(dataFolder, "admin.token"))?.trim() : undefined;
  if (token !== undefined) return { url, token };
  throw new FoglineError(
    "FL4002",
    `nobody is signed in at ${url}: there is no login for it, no hub of ${dataFolder} is there, and FOGLINE_TOKEN is not set`,
    {
      remedy: `start the hub here with \`npm start\`, or sign in with \`fogline login --url ${url}\``,
    },
  );
};

type Environment = Readonly<Record<string, string | undefined>>;
interface HubOptions {
  readonly url?: string;
}

const isLocal = (url: string, dataFolder: string): boolean =>
  originOf(url) === originOf(localUrl(dataFolder)) || ["127.0.0.1", "localhost", "[::1]"].includes(URL.parse(url)?.hostname ?? "");

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

export const localUrl = (dataFolder: string): string => read(join(dataFolder, "hub.url"))?.trim() ?? "http://127.0.0.1:3000";
