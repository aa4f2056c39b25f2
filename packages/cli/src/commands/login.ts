import { signIn, signOut } from "@fogline/contracts";
import { FoglineError } from "@fogline/findings";
import type { Context } from "../context.ts";
import { hubClient } from "../hub-client.ts";
import { openSecretInput } from "../secret-input.ts";

/** `fogline login [link] [--user <name>]`: signs in at a hub, with the link or with a password, and keeps the session for further commands. */
export const loginCommand = async (context: Context, link: string | undefined, { user }: { readonly user?: string }): Promise<void> => {
  const { output, logins } = context;
  const { url, given } = link === undefined ? { url: context.hubUrl(), given: await passwordOf(user) } : readLink(link);
  const session = await hubClient({ url, token: undefined }).call(signIn, given);
  const { name, role, accessToken, accessExpiresAtMs, refreshToken } = session;
  if (accessToken === null || refreshToken === null) throw new FoglineError("FL4011", `the hub at ${url} answered a sign-in without tokens`);
  logins.write({ url, name, accessToken, accessExpiresAtMs, refreshToken });
  output.value({ url, name, role });
  output.line(`signed in at ${url} as ${name} (${role})`);
  output.line(`next: fogline --url ${url} device list, or set FOGLINE_URL`);
};

const readLink = (link: string): { url: string; given: { code: string } } => {
  const parsed = URL.parse(link);
  const code = new URLSearchParams(parsed?.hash.slice(1)).get("code");
  if (parsed === null || code === null)
    throw new FoglineError("FL4001", "this is not a sign-in link", { remedy: "a link ends with #code=...; put it in quotes" });
  return { url: parsed.origin, given: { code } };
};

const passwordOf = async (user: string | undefined): Promise<{ name: string; password: string }> => {
  const input = openSecretInput(process.stdin, process.stderr);
  try {
    const name = user ?? (input.asks ? await input.ask("user: ", { hidden: false }) : "");
    if (name === "") throw new FoglineError("FL4001", "it is not said who signs in", { remedy: "add --user <name>, or give a sign-in link" });
    const password = await input.ask(`password of ${name}: `, { hidden: true });
    if (password === "") throw new FoglineError("FL4001", "no password was given", { remedy: "type it, or give it on standard input" });
    return { name, password };
  } finally {
    input.close();
  }
};

/** `fogline logout`: ends the session at a hub and forgets it. */
export const logoutCommand = async ({ output, logins, hubUrl }: Context): Promise<void> => {
  const url = hubUrl();
  const login = logins.read(url);
  if (login === undefined) throw new FoglineError("FL4002", `nobody is signed in at ${url}`, { remedy: "name the hub with --url" });
  // Forgotten here whatever the hub says: without the file there is no way to use it.
  logins.remove(url);
  const ended = await hubClient({ url, token: undefined })
    .call(signOut, { refreshToken: login.refreshToken })
    .then(() => true)
    .catch((thrown: unknown) => {
      if (thrown instanceof FoglineError && thrown.code === "FL4009") return false;
      throw thrown;
    });
  output.value({ url, name: login.name, ended });
  output.line(ended ? `signed out at ${url}` : `${url} does not answer: the session is forgotten here and open there until it expires`);
};
