import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Credentials, credentialsFor } from "@fogline/registry";
import type { Context } from "./context.ts";

/**
 * The login for a registry: that of the environment where it has one, else of docker's config.json in DOCKER_CONFIG or ~/.docker. Never of an argument,
 * which other users of the machine could see. Throws FL3296 for a config.json that cannot be read.
 */
export const registryLogin = ({ environment }: Pick<Context, "environment">, registry: string): Credentials | undefined => {
  const { FOGLINE_REGISTRY_USERNAME: username = "", FOGLINE_REGISTRY_PASSWORD: password = "" } = environment;
  if (username !== "") return { username, password };
  const { DOCKER_CONFIG: folder = join(environment.HOME ?? homedir(), ".docker") } = environment;
  const file = join(folder, "config.json");
  return existsSync(file) ? credentialsFor(registry, readFileSync(file, "utf8"), file) : undefined;
};
