import { type Operation, refreshSession, type SignedIn, signIn, signInMethods, signOut, whoAmI } from "@fogline/contracts";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { People } from "../people/people.ts";
import type { From } from "../people/sessions.ts";
import type { Granted, SignedInOrNot } from "../people/sign-in.ts";
import { cookieNames, cookieOf, refreshPath, setCookie } from "./cookies.ts";
import type { Guard } from "./guard.ts";
import { forgeryHeader, isForgeable } from "./identify.ts";
import { sendProblem } from "./problems.ts";

/** Others may keep the key set for this long; a new key signs later than that. */
const keySetSeconds = 60;

export interface AuthParts {
  readonly people: People;
  readonly guard: Guard;
  /** How to sign in at an identity provider, where there is one. */
  readonly oidc: { readonly name: string; readonly url: string } | null;
  readonly nowMs: () => number;
}

/** Signing in and out. A page, which says that it is one with a header, gets its tokens in cookies; anybody else gets them in the answer. */
export const mountAuth = (server: FastifyInstance, { people, guard, oidc, nowMs }: AuthParts): void => {
  const answer = (request: FastifyRequest, reply: FastifyReply, outcome: SignedInOrNot, why: string): FastifyReply => {
    if (outcome === "refused") return sendProblem(reply, request, "FL4002", 401, why);
    if ("waitMs" in outcome) return guard.tooMany(request, reply, outcome.waitMs, "this address or user");
    if (request.headers[forgeryHeader] === undefined) return reply.send(outcome);
    return sendCookies(request, reply, outcome, nowMs()).send({ ...outcome, accessToken: null, refreshToken: null });
  };

  server.post(pathOf(signIn), async (request, reply) => {
    reply.header("cache-control", "no-store");
    const read = bodyOf(request, signIn.request);
    if (!read.success) return sendProblem(reply, request, "FL4001", 400, 'the body is {"name", "password"}, {"code"} or {"token"}');
    return answer(request, reply, await enter(people, read.data, fromOf(request)), "the name, password, code or token is not right");
  });

  server.post(pathOf(refreshSession), async (request, reply) => {
    reply.header("cache-control", "no-store");
    const read = bodyOf(request, refreshSession.request);
    if (!read.success) return sendProblem(reply, request, "FL4001", 400, 'the body is {"refreshToken"}, or {} with the cookie');
    const token = read.data.refreshToken ?? refreshCookieOf(request);
    const outcome = token === undefined ? "refused" : await people.signIn.refresh(token, fromOf(request));
    if (outcome === "refused" && !isForgeable(request)) clearCookies(request, reply);
    return answer(request, reply, outcome, "the session has ended; sign in again");
  });

  server.post(pathOf(signOut), async (request, reply) => {
    reply.header("cache-control", "no-store");
    const read = bodyOf(request, signOut.request);
    if (!read.success) return sendProblem(reply, request, "FL4001", 400, 'the body is {"refreshToken"}, or {} with the cookies');
    const token = read.data.refreshToken ?? refreshCookieOf(request);
    const session = guard.identityOf(request)?.session;
    if (token !== undefined) await people.sessions.revokeByToken(token);
    if (session != null) await people.sessions.revoke(session);
    if (!isForgeable(request)) clearCookies(request, reply);
    return reply.send({});
  });

  server.get(pathOf(whoAmI), async (request, reply) => {
    reply.header("cache-control", "no-store");
    const identity = guard.identityOf(request);
    if (identity === undefined) return sendProblem(reply, request, "FL4002", 401, "not signed in");
    return reply.send(identity satisfies SignedIn);
  });

  server.get(pathOf(signInMethods), async (_request, reply) => reply.send({ password: await people.users.havePasswords(), oidc }));

  server.get("/.well-known/jwks.json", async (_request, reply) =>
    reply
      .header("cache-control", `max-age=${keySetSeconds}`)
      .type("application/jwk-set+json")
      .send(JSON.stringify({ keys: people.keys.published })),
  );
};

const pathOf = ({ name, http }: Pick<Operation, "name" | "http">): string => {
  if (http === undefined) throw new TypeError(`${name} has no route`);
  return http.path;
};

const enter = ({ signIn: ways }: People, given: z.output<typeof signIn.request>, from: From): Promise<SignedInOrNot> => {
  if ("password" in given) return ways.withPassword(given, from);
  return "code" in given ? ways.withCode(given.code, from) : ways.withHostToken(given.token, from);
};

/** A body that is not there is an empty one. */
const bodyOf = <Schema extends z.ZodType>({ body }: FastifyRequest, schema: Schema): z.ZodSafeParseResult<z.output<Schema>> =>
  schema.safeParse(body ?? {});

export const fromOf = ({ ip, headers }: FastifyRequest): From => ({ address: ip, userAgent: headers["user-agent"] ?? "" });

/** The cookie of a request that no other site could have made. */
const refreshCookieOf = (request: FastifyRequest): string | undefined =>
  isForgeable(request) ? undefined : cookieOf(request.headers.cookie, cookieNames(request.socket).refresh);

/** Hands a page its tokens. Each cookie lasts as long as its token. */
export const sendCookies = (request: FastifyRequest, reply: FastifyReply, granted: Granted, nowMs: number): FastifyReply => {
  const names = cookieNames(request.socket);
  const seconds = (untilMs: number) => Math.max(1, Math.floor((untilMs - nowMs) / 1_000));
  const options = { sameSite: "Strict", path: "/" } as const;
  setCookie(reply, request, names.access, granted.accessToken, { ...options, maxAgeSeconds: seconds(granted.accessExpiresAtMs) });
  setCookie(reply, request, names.refresh, granted.refreshToken, { ...options, path: refreshPath, maxAgeSeconds: seconds(granted.expiresAtMs) });
  return reply;
};

const clearCookies = (request: FastifyRequest, reply: FastifyReply): void => {
  const names = cookieNames(request.socket);
  const options = { sameSite: "Strict", maxAgeSeconds: 0 } as const;
  setCookie(reply, request, names.access, "", { ...options, path: "/" });
  setCookie(reply, request, names.refresh, "", { ...options, path: refreshPath });
};
