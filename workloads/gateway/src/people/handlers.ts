import {
  createUser,
  failureOf,
  linkUser,
  listSessions,
  listUsers,
  removeUser,
  revokeSession,
  type SessionRecord,
  setPassword,
  updateUser,
  verifyToken,
} from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { type CallContext, type Handler, handle, type Principal } from "@fogline/rpc";
import { TooBusy } from "./passwords.ts";
import type { People } from "./people.ts";
import type { SessionRow } from "./schema.ts";
import { hostUser, userOf } from "./users.ts";

/** Whether the caller may see and change what others have: an admin, or another service of the hub. */
const mayAll = ({ role }: Principal): boolean => role === "admin" || role === "service";

/** The host's own token has the role admin and no session. */
const isHost = ({ role, session }: Principal): boolean => role === "admin" && session === undefined;

/** The hash of a password; `undefined` when too many wait already. */
const hashed = (people: People, password: string): Promise<string | undefined> =>
  people.passwords.hash(password).catch((thrown: unknown) => {
    if (thrown instanceof TooBusy) return undefined;
    throw thrown;
  });

/** Seconds until the queue of hashes has room again. */
const busySeconds = 2;

/** The operations on people and sessions. Function-level rights are in the contracts; here is who may reach which user and session. */
export const peopleHandlers = (people: People): Handler[] => [
  handle(verifyToken, async ({ token }) => {
    const identity = await people.verify(token);
    return ok({ principal: typeof identity === "string" ? null : { name: identity.name, role: identity.role } });
  }),
  ...userHandlers(people),
  ...sessionHandlers(people),
];

const userHandlers = (people: People): Handler[] => [
  handle(listUsers, async ({ limit, after }) => {
    const users = await people.users.list({ limit: limit + 1, after });
    const page = users.slice(0, limit);
    return ok({ users: page, next: users.length > limit ? (page.at(-1)?.name ?? null) : null });
  }),
  handle(createUser, async ({ name, role, password }) => {
    const hash = password === undefined ? null : await hashed(people, password);
    if (hash === undefined) return fail(failureOf(createUser, "tryLater", { seconds: busySeconds }));
    const user = await people.users.create({ name, role, password: hash });
    const link = user && (await people.links.make(name));
    if (user === undefined || link === undefined) return fail(failureOf(createUser, "nameTaken", { name }));
    return ok({ user, link });
  }),
  handle(updateUser, async ({ name, role, disabled }) => {
    const user = await people.users.update(name, { role, disabled });
    return typeof user === "string" ? fail(failureOf(updateUser, user, { name })) : ok(user);
  }),
  handle(removeUser, async ({ name }) => {
    const removed = await people.users.remove(name);
    return removed === "lastAdmin" ? fail(failureOf(removeUser, removed, { name })) : ok({ removed });
  }),
  handle(linkUser, async ({ name }, { principal }) => {
    const link = isHost(principal) && name === hostUser ? await people.hostLink() : await people.links.make(name);
    return link === undefined ? fail(failureOf(linkUser, "notFound", { name })) : ok(link);
  }),
  handle(setPassword, (request, context) => changePassword(people, request, context)),
];

const changePassword = async (
  people: People,
  { name, password, current }: { name: string; password: string; current?: string | undefined },
  { principal }: CallContext,
) => {
  if (!mayAll(principal) && principal.name !== name) return fail(failureOf(setPassword, "notYours", { caller: principal.name, owner: name }));
  const user = await people.users.find(name);
  if (user === undefined) return fail(failureOf(setPassword, "notFound", { name }));
  const { external, hasPassword } = userOf(user);
  if (external) return fail(failureOf(setPassword, "isExternal", { name }));
  if (!mayAll(principal) && hasPassword) {
    const guess = await isCurrent(people, name, current ?? "", user.password);
    if (typeof guess === "number") return fail(failureOf(setPassword, "tryLater", { seconds: guess }));
    if (!guess) return fail(failureOf(setPassword, "wrongPassword", {}));
  }
  const hash = await hashed(people, password);
  if (hash === undefined) return fail(failureOf(setPassword, "tryLater", { seconds: busySeconds }));
  const changed = await people.users.setPassword(name, hash, principal.name === name ? (principal.session ?? null) : null);
  // A new password takes no rights away, so only a user who was removed meanwhile is left.
  return typeof changed === "string" ? fail(failureOf(setPassword, "notFound", { name })) : ok({});
};

/** Whether it is the user's password; the seconds to wait when it cannot be tried now. Who found an open session guesses as slowly as at the door. */
const isCurrent = async ({ attempts, passwords }: People, name: string, given: string, hash: string | null): Promise<boolean | number> => {
  const address = `the session of ${name}`;
  const waitMs = attempts.begin(address, name);
  if (waitMs > 0) return Math.ceil(waitMs / 1_000);
  const matches = await passwords.matches(given, hash).catch((thrown: unknown) => {
    if (thrown instanceof TooBusy) return busySeconds;
    throw thrown;
  });
  if (matches !== false) attempts.forgive(address, name);
  return matches;
};

const sessionHandlers = ({ sessions }: People): Handler[] => [
  handle(listSessions, async ({ user, limit, after }, { principal }) => {
    const { name, session } = principal;
    const own = !mayAll(principal);
    if (own && user !== undefined && user !== name) return fail(failureOf(listSessions, "notYours", { caller: name, owner: user }));
    const rows = await sessions.list({ user: own ? name : user, limit: limit + 1, after });
    const page = rows.slice(0, limit);
    return ok({ sessions: page.map((row) => recordOf(row, session)), next: rows.length > limit ? (page.at(-1)?.id ?? null) : null });
  }),
  // Another's session is answered like one that is not there.
  handle(revokeSession, async ({ id }, { principal }) =>
    (await sessions.revoke(id, mayAll(principal) ? undefined : principal.name)) ? ok({}) : fail(failureOf(revokeSession, "noSession", { id })),
  ),
];

const recordOf = (row: SessionRow, current: string | undefined): SessionRecord => ({
  id: row.id,
  user: row.user_name,
  createdAtMs: row.created_at_ms,
  lastUsedAtMs: row.last_used_at_ms,
  expiresAtMs: row.expires_at_ms,
  address: row.address,
  userAgent: row.user_agent,
  current: row.id === current,
});
