import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { FoglineError, textOf } from "@fogline/findings";
import type { Cluster } from "@fogline/fleet";
import type { SourceLogin } from "@fogline/gitops";
import { z } from "zod";
import type { Context } from "./context.ts";
import { readPrivateFile } from "./private-keys.ts";

type Place = Pick<Context, "dataFolder" | "workingFolder">;

/** Names and passwords by registry, as nodes of K3s take them. */
export type RegistryLogins = Readonly<Record<string, { readonly username: string; readonly password: string }>>;

const account = z.object({ username: z.string().min(1), password: z.string().min(1) });
/** What docker keeps of a registry: both in one field, or each in its own. */
const entry = z.object({ auth: z.string(), username: z.string(), password: z.string() }).partial();
const shape = z.object({ auths: z.record(z.string(), entry), username: z.string(), password: z.string() }).partial();

/** Where the login of a cluster is kept: docker's config.json, or `username` and `password` as JSON. */
const loginFileOf = ({ dataFolder }: Pick<Context, "dataFolder">, cluster: string): string => join(dataFolder, "keys", `${cluster}.login`);

const readLogin = async (file: string): Promise<{ readonly text: string; readonly known: z.infer<typeof shape> }> => {
  const text = await readPrivateFile(file);
  try {
    return { text, known: shape.parse(JSON.parse(text)) };
  } catch (thrown) {
    // What a parser says may have a password in it.
    throw new FoglineError(
      "FL3304",
      `${file} ${thrown instanceof SyntaxError ? "is no JSON" : "is neither docker's config.json nor a username and a password"}`,
    );
  }
};

/** How Flux signs in for a cluster: at a git server with user and password, at a registry with what docker keeps for it. Throws FL3205, FL3304. */
export const sourceLogin = async (place: Place, { name, connectivity }: Cluster, given?: string): Promise<SourceLogin<string>> => {
  const file = given === undefined ? loginFileOf(place, name) : resolve(place.workingFolder, given);
  const { text, known } = await readLogin(file).catch((thrown: unknown) => {
    if (!(thrown instanceof FoglineError) || thrown.code !== "FL3206") throw thrown;
    throw new FoglineError("FL3304", `${file} is missing: ${textOf(thrown)}`, {
      remedy: "Write the login with which Flux fetches the tree there, for your eyes only (mode 600), or name it with --login.",
      cause: thrown,
    });
  });
  if (connectivity.source === "git") {
    const { username = "git", password } = known;
    if (password === undefined) throw new FoglineError("FL3304", `${file} has no password: ${name} follows a branch of a git server`);
    return { stringData: { username, password } };
  }
  if (known.auths === undefined)
    throw new FoglineError("FL3304", `${file} has no auths, which docker's config.json has: ${name} takes artifacts from a registry`);
  return { type: "kubernetes.io/dockerconfigjson", stringData: { ".dockerconfigjson": text } };
};

/**
 * The logins of registries for the nodes of a cluster, from the same file. Undefined where there is none, or where it is a git server's alone. Throws FL3205
 * for a file that others may read, FL3304 for one with an entry that has no name and password.
 */
export const registryLogins = async (place: Pick<Place, "dataFolder">, cluster: string): Promise<RegistryLogins | undefined> => {
  const file = loginFileOf(place, cluster);
  if (!existsSync(file)) return undefined;
  const { known } = await readLogin(file);
  if (known.auths === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(known.auths).map(([name, of]) => {
      const login = accountIn(of);
      if (login === undefined) throw new FoglineError("FL3304", `${file} has no name and password for ${name}`, { remedy: withoutHelper });
      return [hostOf(name), login];
    }),
  );
};

const withoutHelper = "Sign in with a docker that keeps no passwords elsewhere (`credsStore`), or write `username` and `password` there.";

const accountIn = ({ auth, ...apart }: z.infer<typeof entry>): z.infer<typeof account> | undefined => {
  const [, username, password] = /^([^:]+):(.+)$/s.exec(Buffer.from(auth ?? "", "base64").toString("utf8")) ?? [];
  return account.safeParse(apart).data ?? account.safeParse({ username, password }).data;
};

/** The host by which containerd calls a registry. Docker writes an address with a path for its own. */
const hostOf = (name: string): string => {
  const host = name.replace(/^https?:\/\//, "").split("/")[0] ?? "";
  return ["docker.io", "index.docker.io"].includes(host) ? "registry-1.docker.io" : host;
};
