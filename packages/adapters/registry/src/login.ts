import { FoglineError } from "@fogline/findings";
import { readChallenge } from "./challenge.ts";
import type { Credentials } from "./credentials.ts";
import { isProtected } from "./protected.ts";

/** What a registry's repository is asked with: gets the header for the next try after a 401; `undefined` where there is nothing more to try. */
export type Login = (answer: Response) => Promise<string | undefined>;

export interface LoginOptions {
  readonly registry: string;
  /** The right that is asked for, such as `repository:acme/clusters/edge-pi:pull,push`. */
  readonly scope: string;
  readonly credentials?: Credentials;
  readonly fetch: typeof fetch;
}

const basic = ({ username, password }: Credentials): string => `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;

/**
 * Answers a registry's 401: with user and password where it wants Basic, with a token of the service that it names where it wants Bearer
 * (https://distribution.github.io/distribution/spec/auth/token). The password goes over TLS only, or stays on this machine.
 */
export const loginAt =
  ({ registry, scope, credentials, fetch }: LoginOptions): Login =>
  async (answer) => {
    const challenge = readChallenge(answer.headers.get("www-authenticate"));
    if (challenge === undefined) return undefined;
    if (challenge.scheme === "basic") return credentials === undefined ? undefined : basic(credentials);
    const { realm = "", service = "" } = challenge.parameters;
    const url = URL.canParse(realm) ? new URL(realm) : undefined;
    if (url === undefined || !isProtected(url)) throw new FoglineError("FL3295", `${registry} sends for tokens to ${realm}, which is not protected`);
    if (service !== "") url.searchParams.set("service", service);
    url.searchParams.set("scope", scope);
    const given = await fetch(url, { headers: credentials === undefined ? {} : { authorization: basic(credentials) } });
    if (given.status === 401 || given.status === 403) return undefined;
    const body = given.ok ? ((await given.json().catch(() => ({}))) as { token?: unknown; access_token?: unknown }) : {};
    const token = body.token ?? body.access_token;
    if (typeof token !== "string") throw new FoglineError("FL3295", `${url.host} gave no token for ${registry}: it answered ${given.status}`);
    return `Bearer ${token}`;
  };
