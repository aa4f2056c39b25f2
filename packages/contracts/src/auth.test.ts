import { describe, expect, it } from "vitest";
import { safeParse } from "zod/v4/core";
import { Password, PersonRole, refreshSession, Session, SignedIn, signIn, signInMethods, signOut, UserName, verifyToken, whoAmI } from "./auth.ts";
import { faults } from "./testing/fields.ts";
import { flag, inner, oneOf, orAbsent, orNull, text, whole } from "./testing/rows.ts";
import { session, signedIn } from "./testing/samples.ts";

const role = oneOf("admin", "user", "node");
const token = { takes: ["x", "x".repeat(8_192)], refuses: [null, 1, "", "x".repeat(8_193)] };

describe("whoever a request comes from", () => {
  it("has a name, a role and perhaps a session", () => {
    expect(faults(SignedIn, signedIn, { name: text, role, session: orNull(text) })).toEqual([]);
    expect(whoAmI.response).toBe(SignedIn);
    expect(faults(whoAmI.request, {}, {})).toEqual([]);
  });

  it("is as a person an admin or a user, with a name that fits a file and a URL", () => {
    expect(PersonRole.options).toEqual(["admin", "user"]);
    expect(UserName.safeParse("Ann!").error?.issues.map(({ message }) => message)).toEqual([
      "lower case letters, digits, dots, dashes and underscores",
    ]);
  });

  it("has as a person a password of 12 to 256 characters of any kind", () => {
    for (const fits of ["x".repeat(12), " ".repeat(12), "\u{1f600}".repeat(12), "x".repeat(256)]) expect(Password.safeParse(fits).success).toBe(true);
    for (const misfit of ["x".repeat(11), "x".repeat(257), "", 123_456_789_012]) expect(Password.safeParse(misfit).success).toBe(false);
  });
});

describe("signing in", () => {
  it("takes a name and a password, a code, or a token, and one of them only", () => {
    const takes = (value: unknown): boolean => safeParse(signIn.request, value).success;
    for (const way of [{ name: "ann", password: "short" }, { code: "c" }, { token: "t" }]) expect(takes(way)).toBe(true);
    for (const long of [8_192, 8_193]) expect(takes({ code: "c".repeat(long) })).toBe(long === 8_192);
    for (const long of [256, 257]) expect(takes({ name: "ann", password: "p".repeat(long) })).toBe(long === 256);
    for (const wrong of [
      {},
      { name: "ann" },
      { password: "p" },
      { name: "Ann", password: "p" },
      { name: "ann", password: "" },
      { code: "" },
      { token: "" },
    ])
      expect(takes(wrong)).toBe(false);
    expect(takes({ code: "c", token: "t" })).toBe(false);
    expect(takes({ code: "c", neverHeardOf: 1 })).toBe(false);
  });

  it("answers a session, whose tokens are null where cookies hold them", () => {
    const table = {
      name: text,
      role,
      session: orNull(text),
      accessToken: orNull(text),
      accessExpiresAtMs: whole,
      refreshToken: orNull(text),
      expiresAtMs: whole,
    };
    expect(faults(Session, session, table)).toEqual([]);
    for (const { response } of [signIn, refreshSession]) expect(response).toBe(Session);
  });

  it("is refreshed and ended with the refresh token, which a cookie may have", () => {
    for (const { request } of [refreshSession, signOut])
      expect(faults(request, { refreshToken: "r" }, { refreshToken: orAbsent(token) })).toEqual([]);
    expect(faults(signOut.response, {}, {})).toEqual([]);
  });

  it("is possible with a password, and at an identity provider where there is one", () => {
    const oidc = { name: "Example", url: "/api/auth/oidc" };
    expect(faults(signInMethods.request, {}, {})).toEqual([]);
    const table = { password: flag, oidc: orNull(inner(oidc)), "oidc.name": text, "oidc.url": text };
    expect(faults(signInMethods.response, { password: true, oidc }, table)).toEqual([]);
  });
});

describe("a token that a service was given", () => {
  it("belongs to a person, a device or nobody", () => {
    expect(faults(verifyToken.request, { token: "t" }, { token: text })).toEqual([]);
    const principal = { name: "ann", role: "user" };
    const name = { takes: ["ann", "a.b", "pi-3"], refuses: ["", "Ann", null] };
    expect(
      faults(verifyToken.response, { principal }, { principal: orNull(inner(principal)), "principal.name": name, "principal.role": role }),
    ).toEqual([]);
  });
});
