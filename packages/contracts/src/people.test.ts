import { describe, expect, it } from "vitest";
import {
  createUser,
  linkUser,
  listSessions,
  listUsers,
  removeUser,
  revokeSession,
  SessionRecord,
  SignInLink,
  sessionsRevoked,
  setPassword,
  User,
  updateUser,
} from "./people.ts";
import { absent, faults } from "./testing/fields.ts";
import { flag, inner, listOf, oneOf, orAbsent, orElse, orNull, pageLimit, text, texts, textUpTo, userName, whole } from "./testing/rows.ts";
import { sessionRecord, user } from "./testing/samples.ts";

const role = oneOf("admin", "user");
const link = { code: "c", expiresAtMs: 5 };
const password = { takes: ["x".repeat(12), "x".repeat(256)], refuses: [absent, null, 1, "x".repeat(11), "x".repeat(257)] };

describe("a user", () => {
  it("is what the table says, and never a password", () => {
    const table = {
      name: userName,
      role,
      disabled: flag,
      hasPassword: flag,
      external: flag,
      createdAtMs: whole,
      lastSignInAtMs: orNull(whole),
      version: whole,
    };
    expect(faults(User, user, table)).toEqual([]);
  });

  it("is listed at most 100 a page", () => {
    expect(faults(listUsers.request, { limit: 1, after: "ann" }, { limit: pageLimit(100), after: orAbsent(text) })).toEqual([]);
    expect(faults(listUsers.response, { users: [user], next: "ann" }, { users: listOf(user), next: orNull(text) })).toEqual([]);
  });

  it("is made with a name, as a user unless told, and gets a link", () => {
    const asked = { name: userName, role: orElse("user", role), password: orAbsent(password) };
    expect(faults(createUser.request, { name: "bob", role: "admin", password: "correct horse" }, asked, "strict")).toEqual([]);
    expect(faults(createUser.response, { user, link }, { user: inner(user), link: inner(link) })).toEqual([]);
    expect(faults(SignInLink, link, { code: text, expiresAtMs: whole })).toEqual([]);
    expect(faults(linkUser.request, { name: "bob" }, { name: userName })).toEqual([]);
    expect(linkUser.response).toBe(SignInLink);
  });

  it("is changed, gets a password and is removed by name", () => {
    const change = { name: userName, role: orAbsent(role), disabled: orAbsent(flag) };
    expect(faults(updateUser.request, { name: "bob", role: "user", disabled: true }, change, "strict")).toEqual([]);
    expect(updateUser.response).toBe(User);
    const secret = { name: userName, password, current: orAbsent(textUpTo(256)) };
    expect(faults(setPassword.request, { name: "bob", password: "correct horse", current: "x" }, secret, "strict")).toEqual([]);
    expect(faults(setPassword.response, {}, {})).toEqual([]);
    expect(faults(removeUser.request, { name: "bob" }, { name: userName })).toEqual([]);
    expect(faults(removeUser.response, { removed: true }, { removed: flag })).toEqual([]);
  });
});

describe("a session", () => {
  it("says whose it is, and where it was opened from", () => {
    const table = {
      id: text,
      user: text,
      createdAtMs: whole,
      lastUsedAtMs: whole,
      expiresAtMs: whole,
      address: text,
      userAgent: text,
      current: flag,
    };
    expect(faults(SessionRecord, sessionRecord, table)).toEqual([]);
  });

  it("is listed at most 100 a page, of one user when told", () => {
    const asked = { user: orAbsent(userName), limit: pageLimit(100), after: orAbsent(text) };
    expect(faults(listSessions.request, { user: "ann", limit: 1, after: "s0" }, asked)).toEqual([]);
    const answer = { sessions: listOf(sessionRecord), next: orNull(text) };
    expect(faults(listSessions.response, { sessions: [sessionRecord], next: "s1" }, answer)).toEqual([]);
  });

  it("is revoked by id, and told as revoked", () => {
    expect(faults(revokeSession.request, { id: "s1" }, { id: text })).toEqual([]);
    expect(faults(revokeSession.response, {}, {})).toEqual([]);
    expect(faults(sessionsRevoked.data, { sessions: ["s1"] }, { sessions: texts })).toEqual([]);
  });
});
