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
  type User,
  updateUser,
} from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { type Answering, answering } from "./answering.ts";

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0";
const chrome = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";

export const userOf = (name: string, nowMs: number, change: Partial<User> = {}): User => ({
  ...{ name, role: "user", disabled: false, hasPassword: true, external: false },
  ...{ createdAtMs: nowMs - 864_000_000, lastSignInAtMs: nowMs - 3_600_000, version: 1 },
  ...change,
});

const sessionOf = (id: string, user: string, nowMs: number, change: Partial<SessionRecord> = {}): SessionRecord => ({
  ...{ id, user, createdAtMs: nowMs - 7_200_000, lastUsedAtMs: nowMs - 60_000, expiresAtMs: nowMs + 86_400_000 },
  ...{ address: "192.0.2.7", userAgent: firefox, current: false },
  ...change,
});

export interface PeopleServices {
  readonly users: Map<string, User>;
  readonly sessions: Map<string, SessionRecord>;
  /** Passwords that were set, by user. */
  readonly passwords: Map<string, string>;
  readonly answers: (world: unknown, nowMs: number) => readonly Answering[];
}

/** The gateway's people as their page sees them. The current password of everybody is "old password 12". */
export const peopleServices = (): PeopleServices => {
  const users = new Map<string, User>();
  const sessions = new Map<string, SessionRecord>();
  const passwords = new Map<string, string>();
  const link = (nowMs: number) => ({ code: "flc_9Yw3kQ0vV5m7b2", expiresAtMs: nowMs + 86_400_000 });
  const answers = (nowMs: number): readonly Answering[] => [
    answering(listUsers, async () => ok({ users: [...users.values()], next: null })),
    answering(createUser, async ({ name, role }) => {
      if (users.has(name)) return fail(failureOf(createUser, "nameTaken", { name }));
      const user = userOf(name, nowMs, { role, hasPassword: false, lastSignInAtMs: null });
      users.set(name, user);
      return ok({ user, link: link(nowMs) });
    }),
    answering(updateUser, async ({ name, role, disabled }) => {
      const known = users.get(name);
      if (known === undefined) return fail(failureOf(updateUser, "notFound", { name }));
      const admins = [...users.values()].filter((user) => user.role === "admin" && !user.disabled && user.name !== name);
      if (admins.length === 0 && (role === "user" || disabled === true)) return fail(failureOf(updateUser, "lastAdmin", { name }));
      const user = { ...known, role: role ?? known.role, disabled: disabled ?? known.disabled };
      users.set(name, user);
      return ok(user);
    }),
    answering(removeUser, async ({ name }) => ok({ removed: users.delete(name) })),
    answering(linkUser, async ({ name }) => (users.has(name) ? ok(link(nowMs)) : fail(failureOf(linkUser, "notFound", { name })))),
    answering(setPassword, async ({ name, password, current }) => {
      if (current !== "old password 12") return fail(failureOf(setPassword, "wrongPassword", {}));
      passwords.set(name, password);
      return ok({});
    }),
    answering(listSessions, async ({ user }) =>
      ok({ sessions: [...sessions.values()].filter((session) => user === undefined || session.user === user), next: null }),
    ),
    answering(revokeSession, async ({ id }) => (sessions.delete(id) ? ok({}) : fail(failureOf(revokeSession, "noSession", { id })))),
  ];
  return {
    ...{ users, sessions, passwords },
    answers: (_, nowMs) => {
      for (const user of [
        userOf("ada", nowMs, { role: "admin" }),
        userOf("grace", nowMs, { external: true, hasPassword: false }),
        userOf("linus", nowMs, { disabled: true, lastSignInAtMs: null, hasPassword: false }),
        userOf("uwe", nowMs),
      ])
        users.set(user.name, user);
      for (const session of [
        sessionOf("s-1", "ada", nowMs, { current: true }),
        sessionOf("s-2", "ada", nowMs, { address: "198.51.100.20", userAgent: chrome, lastUsedAtMs: nowMs - 90_000_000 }),
        sessionOf("s-3", "uwe", nowMs, { address: "2001:db8::17", userAgent: "curl/8.14.1" }),
      ])
        sessions.set(session.id, session);
      return answers(nowMs);
    },
  };
};
