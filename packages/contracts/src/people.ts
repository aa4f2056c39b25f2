import { z } from "zod";
import { Password, PersonRole, UserName } from "./auth.ts";
import { errorOf, event, operation } from "./kernel/declaration.ts";

// The people who may come in, and their sessions. Served by the gateway.

export const User = z.object({
  name: UserName,
  role: PersonRole,
  disabled: z.boolean(),
  hasPassword: z.boolean(),
  /** Signs in at the identity provider. */
  external: z.boolean(),
  createdAtMs: z.int(),
  lastSignInAtMs: z.int().nullable(),
  version: z.int(),
});

export const SessionRecord = z.object({
  id: z.string(),
  user: z.string(),
  createdAtMs: z.int(),
  lastUsedAtMs: z.int(),
  expiresAtMs: z.int(),
  /** Where it was opened from, and by what program. */
  address: z.string(),
  userAgent: z.string(),
  /** Whether it is the session that asks. */
  current: z.boolean(),
});

/** Opens the pages signed in, once. */
export const SignInLink = z.object({ code: z.string(), expiresAtMs: z.int() });

const notFound = errorOf("FL4004", z.object({ name: z.string() }), ({ name }) => `no user "${name}"`);
const nameTaken = errorOf("FL4005", z.object({ name: z.string() }), ({ name }) => `a user named "${name}" exists`);
const lastAdmin = errorOf("FL4005", z.object({ name: z.string() }), ({ name }) => `"${name}" is the last admin that can sign in`);
const wrongPassword = errorOf("FL4002", z.object({}), () => "the current password is not right");
const notYours = errorOf(
  "FL4003",
  z.object({ caller: z.string(), owner: z.string() }),
  ({ caller, owner }) => `"${caller}" may see and change only what is their own, and this is of "${owner}"`,
);
const isExternal = errorOf(
  "FL4005",
  z.object({ name: z.string() }),
  ({ name }) => `"${name}" signs in at the identity provider and has no password here`,
);
const tryLater = errorOf("FL4007", z.object({ seconds: z.int() }), ({ seconds }) => `too many passwords are tried or set now; wait ${seconds} s`);
const noSession = errorOf("FL4004", z.object({ id: z.string() }), ({ id }) => `no session "${id}"`);

export const listUsers = operation({
  name: "users.list",
  summary: "Users, sorted by name, a page at a time.",
  role: "admin",
  idempotency: "safe",
  http: { method: "GET", path: "/api/users" },
  request: z.object({
    limit: z.coerce.number().int().min(1).max(100).default(100),
    /** The name of the last user of the page before. */
    after: z.string().optional(),
  }),
  response: z.object({ users: z.array(User), next: z.string().nullable() }),
});

export const createUser = operation({
  name: "users.create",
  summary: "Let somebody in. Answers a one-time link with which the new user signs in and sets a password.",
  role: "admin",
  // Not by key: an answer that is kept to be given again would keep the code of the link, which is stored nowhere else.
  idempotency: "none",
  http: { method: "POST", path: "/api/users" },
  request: z.strictObject({ name: UserName, role: PersonRole.default("user"), password: Password.optional() }),
  response: z.object({ user: User, link: SignInLink }),
  errors: { nameTaken, tryLater },
});

export const updateUser = operation({
  name: "users.update",
  summary: "Change a user's role, or keep a user out. Either ends the user's sessions.",
  role: "admin",
  idempotency: "natural",
  http: { method: "PATCH", path: "/api/users/:name" },
  request: z.strictObject({ name: UserName, role: PersonRole.optional(), disabled: z.boolean().optional() }),
  response: User,
  errors: { notFound, lastAdmin },
});

export const removeUser = operation({
  name: "users.remove",
  summary: "Remove a user and end the user's sessions.",
  role: "admin",
  idempotency: "natural",
  http: { method: "DELETE", path: "/api/users/:name" },
  request: z.object({ name: UserName }),
  response: z.object({ removed: z.boolean() }),
  errors: { lastAdmin },
});

export const linkUser = operation({
  name: "users.link",
  summary: "A one-time link that signs a user in, for one who has no password or forgot it.",
  role: "admin",
  idempotency: "none",
  http: { method: "POST", path: "/api/users/:name/link" },
  request: z.object({ name: UserName }),
  response: SignInLink,
  errors: { notFound },
});

export const setPassword = operation({
  name: "users.password",
  summary: "Set a password and end the user's other sessions. Others than an admin change their own, and say the current one when there is one.",
  role: "user",
  idempotency: "natural",
  http: { method: "PUT", path: "/api/users/:name/password" },
  request: z.strictObject({ name: UserName, password: Password, current: z.string().max(256).optional() }),
  response: z.object({}),
  errors: { notFound, wrongPassword, notYours, isExternal, tryLater },
});

export const listSessions = operation({
  name: "sessions.list",
  summary: "Open sessions, newest first: one's own, and for an admin those of everybody or of one user.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/sessions" },
  request: z.object({ user: UserName.optional(), limit: z.coerce.number().int().min(1).max(100).default(100), after: z.string().optional() }),
  response: z.object({ sessions: z.array(SessionRecord), next: z.string().nullable() }),
  errors: { notYours },
});

export const revokeSession = operation({
  name: "sessions.revoke",
  summary: "End a session: one's own, and for an admin anybody's. Its tokens are refused from then on.",
  role: "user",
  idempotency: "natural",
  http: { method: "DELETE", path: "/api/sessions/:id" },
  request: z.object({ id: z.string() }),
  response: z.object({}),
  errors: { noSession },
});

export const sessionsRevoked = event({
  name: "sessions.revoked",
  summary: "Sessions ended before their time: their access tokens are refused everywhere.",
  data: z.object({ sessions: z.array(z.string()) }),
});

export type User = z.output<typeof User>;
export type SessionRecord = z.output<typeof SessionRecord>;
