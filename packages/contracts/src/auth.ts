import { z } from "zod";
import { errorOf, operation } from "./kernel/declaration.ts";
import { NodeId } from "./nodes.ts";

// How people and devices prove who they are. The operations with a route are answered by the gateway's HTTP layer itself, because they read and
// set cookies; nobody serves them on the bus.

/** The name of a person or of a program that acts for one. */
export const UserName = z.string().regex(/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/, "lower case letters, digits, dots, dashes and underscores");
/** A role that a person can have. */
export const PersonRole = z.enum(["admin", "user"]);
/** At least 12 characters (NIST SP 800-63B section 5.1.1.2 asks for 8 and no rules of composition), at most what a hash may cost. */
export const Password = z.string().min(12).max(256);

/** Whoever a request comes from. `session` is null for a device and for the host's own admin token. */
export const SignedIn = z.object({
  name: z.string(),
  role: z.enum(["admin", "user", "node"]),
  session: z.string().nullable(),
});

/** Tokens are null where the answer set them as cookies, which scripts cannot read. */
export const Session = SignedIn.extend({
  accessToken: z.string().nullable(),
  accessExpiresAtMs: z.int(),
  refreshToken: z.string().nullable(),
  /** When the session itself ends unless it is refreshed before. */
  expiresAtMs: z.int(),
});

const refused = errorOf("FL4002", z.object({}), () => "the name, password, code or token is not right");
const token = z.string().min(1).max(8_192);

export const signIn = operation({
  name: "auth.signin",
  summary: "Open a session with a password, with the code of a one-time link, or with the admin token of the host.",
  role: "anyone",
  idempotency: "none",
  http: { method: "POST", path: "/api/auth/signin" },
  request: z.union([
    z.strictObject({ name: UserName, password: z.string().min(1).max(256) }),
    z.strictObject({ code: token }),
    z.strictObject({ token }),
  ]),
  response: Session,
  errors: { refused },
});

export const refreshSession = operation({
  name: "auth.refresh",
  summary: "Exchange the refresh token for new tokens. A refresh token that was exchanged before ends its session.",
  role: "anyone",
  idempotency: "none",
  http: { method: "POST", path: "/api/auth/refresh" },
  /** Absent where the cookie has it. */
  request: z.object({ refreshToken: token.optional() }),
  response: Session,
  errors: { refused },
});

export const signOut = operation({
  name: "auth.signout",
  summary: "End the session of this request, and forget its cookies.",
  role: "anyone",
  idempotency: "natural",
  http: { method: "POST", path: "/api/auth/signout" },
  request: z.object({ refreshToken: token.optional() }),
  response: z.object({}),
});

export const whoAmI = operation({
  name: "auth.me",
  summary: "Who this request comes from.",
  role: "anyone",
  idempotency: "safe",
  http: { method: "GET", path: "/api/auth/me" },
  request: z.object({}),
  response: SignedIn,
  errors: { refused },
});

export const signInMethods = operation({
  name: "auth.methods",
  summary: "How one can sign in here.",
  role: "anyone",
  idempotency: "safe",
  http: { method: "GET", path: "/api/auth/methods" },
  request: z.object({}),
  /** `oidc.url` begins the sign-in at the identity provider. */
  response: z.object({ password: z.boolean(), oidc: z.object({ name: z.string(), url: z.string() }).nullable() }),
});

/** For services that have a door of their own, such as the orchestrator's API. */
export const verifyToken = operation({
  name: "auth.verify",
  summary: "Whose access token this is; null when it is nobody's, has expired or was revoked.",
  role: "service",
  idempotency: "safe",
  request: z.object({ token: z.string() }),
  response: z.object({ principal: z.object({ name: z.union([UserName, NodeId]), role: z.enum(["admin", "user", "node"]) }).nullable() }),
});

export type SignedIn = z.output<typeof SignedIn>;
export type Session = z.output<typeof Session>;
