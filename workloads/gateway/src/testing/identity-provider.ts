import { generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
// @ts-expect-error: the package has no types
import { Provider } from "oidc-provider";

/** What an identity provider says of somebody. */
export interface Claims {
  readonly preferred_username?: string;
  readonly email?: string;
  readonly groups?: readonly string[];
}

export const client = { id: "fogline", secret: "the-secret-of-the-client" } as const;

const listen = async (): Promise<{ server: ReturnType<typeof createServer>; port: number }> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return { server, port: typeof address === "object" && address !== null ? address.port : 0 };
};

/** A port of the loopback that nobody listens on now. */
export const freePort = async (): Promise<number> => {
  const { server, port } = await listen();
  await new Promise((resolve) => server.close(resolve));
  return port;
};

/**
 * A real identity provider on the loopback that knows `accounts` by subject, and signs in whom `signsIn` names without asking for anything.
 * While `away` it answers nothing but errors.
 */
export const openIdentityProvider = async (callbackUrl: string) => {
  const { server, port } = await listen();
  const issuer = `http://127.0.0.1:${port}`;
  const accounts = new Map<string, Claims>();
  const state = { signsIn: "", away: false };
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const provider = new Provider(issuer, {
    clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [callbackUrl], grant_types: ["authorization_code"] }],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "k1", alg: "RS256", use: "sig" }] },
    cookies: { keys: ["the key of the provider's cookies"] },
    claims: { openid: ["sub"], profile: ["preferred_username", "groups"], email: ["email"] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: async () => ({ ...accounts.get(id), sub: id }) }),
    // Everybody agreed beforehand.
    loadExistingGrant: async ({ oidc }: { oidc: { client: { clientId: string }; session: { accountId: string } } }) => {
      const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope("openid profile email");
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (state.away) response.writeHead(503).end();
    else if (!request.url?.startsWith("/interaction/")) answer(request, response);
    else
      provider.interactionFinished(request, response, { login: { accountId: state.signsIn, remember: false } }, { mergeWithLastSubmission: false });
  });
  return {
    issuer,
    accounts,
    state,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** A browser as far as redirects and cookies go. Cookies are kept by origin; paths are not looked at. */
export class TestBrowser {
  readonly #jars = new Map<string, Map<string, string>>();

  /** The cookies of an origin. */
  cookies(url: string): Map<string, string> {
    const { origin } = new URL(url);
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    this.#jars.set(origin, jar);
    return jar;
  }

  /** Asks once, without following where the answer leads. */
  async ask(url: string): Promise<Response> {
    const jar = this.cookies(url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { redirect: "manual", headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const split = pair.indexOf("=");
      const [name, value] = [pair.slice(0, split), pair.slice(split + 1)];
      if (value === "") jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  /** Follows redirects until an address fits, or until there are no more; answers the last address and answer. */
  async follow(url: string, until: (url: string) => boolean = () => false): Promise<{ url: string; response: Response | undefined }> {
    for (let at = url, hops = 0; ; hops++) {
      if (until(at)) return { url: at, response: undefined };
      const response = await this.ask(at);
      const next = response.headers.get("location");
      if (next === null || hops > 10) return { url: at, response };
      at = new URL(next, at).href;
    }
  }
}
