import type { Clock, Random } from "@fogline/ports";
import type { Log } from "@fogline/service";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { GatewayConfig } from "../config.ts";
import { signInExternal } from "../people/external.ts";
import { IdentityProvider } from "../people/identity-provider.ts";
import type { People } from "../people/people.ts";
import { sealWith } from "../sealed.ts";
import { derivedKey, type GatewaySecrets } from "../secrets.ts";
import { fromOf, sendCookies } from "./auth.ts";
import { cookieNames, cookieOf, setCookie } from "./cookies.ts";

export interface OidcParts {
  readonly config: GatewayConfig;
  readonly people: People;
  readonly secrets: GatewaySecrets;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const path = "/api/auth/oidc";
/** How long somebody may take to sign in at the provider. */
const flowMs = 600_000;
/** Where the pages say that it did not work; why is in the log, because the provider's words could be anybody's. */
const failedAt = "/#signin=failed";

const KeptFlow = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), untilMs: z.int() });

/**
 * Signing in at the identity provider, where the settings name one; null where they do not. What must come back waits in the browser in a
 * sealed cookie, so that any gateway can finish what another began.
 */
export const mountOidc = (server: FastifyInstance, { config, people, secrets, clock, random, log }: OidcParts) => {
  const { oidcIssuer, oidcName } = config;
  if (oidcIssuer === undefined) return null;
  const provider = new IdentityProvider({ ...config, oidcIssuer }, random);
  const seal = sealWith(derivedKey(secrets, "sign-in at the identity provider"), random);
  const cookie = { path, sameSite: "Lax" } as const;

  const keptFlow = (sealed: string | undefined): z.output<typeof KeptFlow> | undefined => {
    const opened = sealed === undefined ? undefined : seal.open(Buffer.from(sealed, "base64url"), "flow");
    const flow = opened && KeptFlow.parse(JSON.parse(Buffer.from(opened).toString()));
    return flow !== undefined && flow.untilMs > clock.now() ? flow : undefined;
  };

  server.get(path, async (request, reply) => {
    try {
      const { url, flow } = await provider.begin();
      const kept = seal.close(Buffer.from(JSON.stringify({ ...flow, untilMs: clock.now() + flowMs })), "flow");
      const value = Buffer.from(kept).toString("base64url");
      setCookie(reply, request, cookieNames(request.socket).oidc, value, { ...cookie, maxAgeSeconds: flowMs / 1_000 });
      return reply.header("cache-control", "no-store").redirect(url.href, 303);
    } catch (error) {
      log.warn({ err: error, requestId: request.id }, "the identity provider cannot be used");
      return reply.redirect(failedAt, 303);
    }
  });

  server.get(`${path}/callback`, async (request, reply) => {
    const name = cookieNames(request.socket).oidc;
    const from = fromOf(request);
    const failed = (why: object) => {
      people.attempts.failed(from.address);
      log.warn({ ...why, requestId: request.id, address: from.address }, "a sign-in at the identity provider failed");
      return reply.redirect(failedAt, 303);
    };
    setCookie(reply, request, name, "", { ...cookie, maxAgeSeconds: 0 });
    reply.header("cache-control", "no-store");
    const flow = keptFlow(cookieOf(request.headers.cookie, name));
    if (flow === undefined) return failed({ reason: "this browser did not begin it, or took too long" });
    try {
      const profile = await provider.finish(new URL(request.url, "http://any").search, flow);
      const granted = await signInExternal({ ...people, log }, profile, from);
      if (granted === undefined) return failed({ reason: "the user is disabled here", subject: profile.subject });
      return sendCookies(request, reply, granted, clock.now()).redirect("/", 303);
    } catch (error) {
      return failed({ err: error });
    }
  });
  return { name: oidcName, url: path };
};
