import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { FoglineError } from "@fogline/findings";

/** A login at a registry. */
export interface Credentials {
  readonly username: string;
  /** Never shown. */
  readonly password: string;
}

interface Entry {
  readonly auth?: unknown;
  readonly username?: unknown;
  readonly password?: unknown;
  readonly identitytoken?: unknown;
}

/**
 * The login for a registry out of the text of docker's config.json; `undefined` where it has none. `file` is for the message. Throws FL3296 for a file
 * that cannot be read, and where the login is with a credential helper, which would be a program to run.
 */
export const credentialsFor = (registry: string, text: string, file: string): Credentials | undefined => {
  const config = configIn(text, file);
  const entry = Object.entries(config.auths).find(([name]) => hostOf(name) === registry)?.[1];
  const found = entry === undefined ? undefined : credentialsIn(entry);
  if (found !== undefined) return found;
  const helper = config.credHelpers[registry] ?? (entry === undefined ? undefined : config.credsStore);
  if (helper === undefined && entry === undefined) return undefined;
  throw new FoglineError("FL3296", `${file} has the login for ${registry} in a form that is not read: ${helper ?? "no user and password"}`);
};

interface DockerConfig {
  readonly auths: Readonly<Record<string, Entry>>;
  readonly credHelpers: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

const configIn = (text: string, file: string): DockerConfig => {
  try {
    const { auths = {}, credHelpers = {}, ...rest } = JSON.parse(text) as Partial<DockerConfig>;
    if (typeof auths === "object" && typeof credHelpers === "object") return { ...rest, auths, credHelpers };
  } catch {
    // Its message would repeat what stands in the file.
  }
  throw new FoglineError("FL3296", `${file} is not a configuration of docker`);
};

/** Docker writes some registries as a URL. */
const hostOf = (name: string): string => name.replace(/^https?:\/\//, "").replace(/\/(v[12]\/?)?$/, "");

const credentialsIn = ({ auth, username, password }: Entry): Credentials | undefined => {
  if (typeof username === "string" && typeof password === "string" && username !== "") return { username, password };
  const decoded = typeof auth === "string" ? Buffer.from(auth, "base64").toString("utf8") : "";
  const at = decoded.indexOf(":");
  return at < 1 ? undefined : { username: decoded.slice(0, at), password: decoded.slice(at + 1) };
};

/**
 * The login for a registry: that of the environment where it has one, else of docker's config.json in DOCKER_CONFIG or ~/.docker. Never of an argument,
 * which other users of the machine could see. Throws FL3296 for a config.json that cannot be read.
 */
export const registryLogin = (environment: Readonly<Record<string, string | undefined>>, registry: string): Credentials | undefined => {
  const { FOGLINE_REGISTRY_USERNAME: username = "", FOGLINE_REGISTRY_PASSWORD: password = "" } = environment;
  if (username !== "") return { username, password };
  const { DOCKER_CONFIG: folder = join(environment.HOME ?? homedir(), ".docker") } = environment;
  const file = join(folder, "config.json");
  return existsSync(file) ? credentialsFor(registry, readFileSync(file, "utf8"), file) : undefined;
};
