import { createHmac } from "node:crypto";
import { listSessions, revokeSession, setPassword, updateUser } from "@fogline/contracts";
import { createLog } from "@fogline/service";
import { decodeJwt, decodeProtectedHeader, importJWK, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PublicKey } from "../people/signing-keys.ts";
import { type Hub, hostToken, openHub, type TestSession } from "../testing/hub.ts";
import { signingKeyOf } from "../testing/signing.ts";

const closing: (() => Promise<unknown>)[] = [];
const open = async (settings: Record<string, unknown> = {}, options: Parameters<typeof openHub>[1] = {}) => {
  const hub = await openHub(settings, options);
  closing.push(() => hub.close());
  return hub;
};
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const page = { "x-fogline-request": "page" };
const answer = async <Value = Record<string, unknown>>(response: Response) => ({ status: response.status, body: (await response.json()) as Value });
const statusOf = async (hub: Hub, token: string, path = "/api/auth/me") => (await hub.api(path, {}, token)).status;

/** The cookies that an answer sets, by name, with what they say of themselves. */
const cookiesIn = (response: Response) =>
  new Map(
    response.headers.getSetCookie().map((line) => {
      const [pair = "", ...attributes] = line.split("; ");
      const split = pair.indexOf("=");
      return [pair.slice(0, split), { value: pair.slice(split + 1), attributes }] as const;
    }),
  );
const headerOf = (cookies: ReturnType<typeof cookiesIn>) => [...cookies].map(([name, { value }]) => `${name}=${value}`).join("; ");

/** Signs a page in and answers its cookie header. */
const openPage = async (hub: Hub, name: string) => {
  const response = await hub.post("/api/auth/signin", { code: (await hub.codeFor(name)).code }, page);
  return { response, cookies: cookiesIn(response), cookie: headerOf(cookiesIn(response)) };
};

describe("signing in", () => {
  it("gives a program its tokens in the answer, and no cookie", async () => {
    const hub = await open();
    const response = await hub.post("/api/auth/signin", { code: (await hub.codeFor("ada")).code });
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.get("cache-control")).toBe("no-store");
    const { body } = await answer<TestSession>(response);
    expect(body).toMatchObject({ name: "ada", role: "admin", refreshToken: expect.stringMatching(/^flr_/) });
    expect((await answer(await hub.api("/api/auth/me", {}, body.accessToken))).body).toEqual({ name: "ada", role: "admin", session: body.session });
  });

  it("gives a page cookies that no script and no other site can use, and no token", async () => {
    const hub = await open();
    const { response, cookies } = await openPage(hub, "ada");
    expect((await answer(response)).body).toMatchObject({
      name: "ada",
      accessToken: null,
      refreshToken: null,
      accessExpiresAtMs: expect.any(Number),
    });
    const port = hub.gateway.httpPort;
    const [access, refresh] = [cookies.get(`fogline_access_${port}`), cookies.get(`fogline_refresh_${port}`)];
    expect(access?.attributes.toSorted()).toEqual(["HttpOnly", expect.stringMatching(/^Max-Age=(599|600)$/), "Path=/", "SameSite=Strict"]);
    expect(refresh?.attributes.toSorted()).toEqual(["HttpOnly", expect.stringMatching(/^Max-Age=6\d{5}$/), "Path=/api/auth", "SameSite=Strict"]);
  });

  it("works with a password, and with the host's token, which also is a bearer token", async () => {
    const hub = await open();
    await hub.signIn("uwe", "user");
    await hub.client.call(setPassword, { name: "uwe", password: "a long enough password" });
    const byPassword = await answer(await hub.post("/api/auth/signin", { name: "uwe", password: "a long enough password" }));
    expect(byPassword).toMatchObject({ status: 200, body: { name: "uwe", role: "user" } });
    const byToken = await answer(await hub.post("/api/auth/signin", { token: hostToken }));
    expect(byToken).toMatchObject({ status: 200, body: { name: "admin", role: "admin" } });
    expect((await answer(await hub.api("/api/auth/me", {}, hostToken))).body).toEqual({ name: "admin", role: "admin", session: null });
    expect((await answer(await fetch(`${hub.url}/api/auth/methods`))).body).toEqual({ password: true, oidc: null });
  });

  it("opens a session of its own each time: no cookie that was there before becomes one, and the page's last session ends", async () => {
    const hub = await open();
    const planted = await openPage(hub, "ada");
    const code = (await hub.codeFor("ada")).code;
    const response = await hub.post("/api/auth/signin", { code }, { ...page, cookie: planted.cookie });
    const after = cookiesIn(response);
    for (const [name, { value }] of planted.cookies) expect(after.get(name)?.value).not.toBe(value);
    const me = (cookie: string) => fetch(`${hub.url}/api/auth/me`, { headers: { cookie } });
    expect([(await me(planted.cookie)).status, (await me(headerOf(after))).status]).toEqual([401, 200]);
  });

  it("is refused in the same words whatever was wrong, and with a body that is not one", async () => {
    const hub = await open();
    const wrong = [{ code: "guess" }, { token: "guess" }, { name: "ada", password: "guess" }, { name: "nobody", password: "guess" }];
    const bodies = await Promise.all(wrong.map(async (body) => answer(await hub.post("/api/auth/signin", body))));
    const told = bodies.map(({ status, body }) => [status, body.code, body.detail]);
    expect(told).toEqual(wrong.map(() => [401, "FL4002", "the name, password, code or token is not right"]));
    for (const body of [{}, [], { name: "ada" }, { code: 7 }, { name: "Ada", password: "x" }, { code: "x", token: "y" }])
      expect(await answer(await hub.post("/api/auth/signin", body))).toMatchObject({ status: 400, body: { code: "FL4001" } });
  });

  it("fails a few times from one address or for one name, and then waits, whether or not the name is known", async () => {
    const hub = await open({ passwordFailuresPerMinute: 3 });
    for (const name of ["ada", "nobody"]) {
      const guesses = [];
      for (let count = 0; count < 4; count++) guesses.push((await hub.post("/api/auth/signin", { name, password: `guess ${count}` })).status);
      expect([name, guesses]).toEqual([name, [401, 401, 401, 429]]);
    }
    const strict = await open({ signInFailuresPerMinute: 3 });
    const codes = [];
    for (let count = 0; count < 4; count++) codes.push(await strict.post("/api/auth/signin", { code: `guess ${count}` }));
    expect(codes.map(({ status }) => status)).toEqual([401, 401, 401, 429]);
    expect(Number(codes[3]?.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it("at once with many passwords is held to the limit, however many requests come together", async () => {
    const hub = await open({ passwordFailuresPerMinute: 3 });
    const guesses = await Promise.all(
      Array.from({ length: 12 }, (_, count) => hub.post("/api/auth/signin", { name: "ada", password: `guess ${count}` })),
    );
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(3);
    expect(guesses.filter(({ status }) => status === 429)).toHaveLength(9);
  });

  it("with one code in many requests at once opens one session", async () => {
    const hub = await open();
    const { code } = await hub.codeFor("ada");
    const answers = await Promise.all(Array.from({ length: 8 }, () => hub.post("/api/auth/signin", { code })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 7 }, () => 401)]);
  });
});

describe("a session", () => {
  it("is renewed with the refresh token, by cookie only with the header that another site cannot send", async () => {
    const hub = await open();
    const { cookie } = await openPage(hub, "ada");
    expect((await hub.post("/api/auth/refresh", {}, { cookie })).status).toBe(401);
    const renewed = await hub.post("/api/auth/refresh", {}, { ...page, cookie });
    expect(renewed.status).toBe(200);
    expect(headerOf(cookiesIn(renewed))).not.toBe(cookie);
    const program = await answer<TestSession>(await hub.post("/api/auth/refresh", { refreshToken: hub.admin.refreshToken }));
    expect(program).toMatchObject({ status: 200, body: { session: hub.admin.session, refreshToken: expect.stringMatching(/^flr_/) } });
    expect(await statusOf(hub, program.body.accessToken)).toBe(200);
  });

  it("ends with its cookies when its page signs out, and with its tokens", async () => {
    const hub = await open();
    const { cookie } = await openPage(hub, "ada");
    const out = await hub.post("/api/auth/signout", {}, { ...page, cookie });
    expect([out.status, await out.json()]).toEqual([200, {}]);
    expect([...cookiesIn(out).values()].map(({ value, attributes }) => [value, attributes.includes("Max-Age=0")])).toEqual([
      ["", true],
      ["", true],
    ]);
    expect((await fetch(`${hub.url}/api/auth/me`, { headers: { cookie } })).status).toBe(401);
    expect((await hub.post("/api/auth/refresh", {}, { ...page, cookie })).status).toBe(401);
    expect((await hub.post("/api/auth/signout", { refreshToken: hub.admin.refreshToken })).status).toBe(200);
    expect(await statusOf(hub, hub.admin.accessToken)).toBe(401);
    expect((await hub.post("/api/auth/signout", {})).status).toBe(200);
  });

  it("takes its open feeds with it", async () => {
    const hub = await open();
    const uwe = await hub.signIn("uwe", "user");
    const feed = await hub.api("/api/changes", {}, uwe.accessToken);
    const reader = feed.body?.getReader();
    await reader?.read();
    await hub.client.call(updateUser, { name: "uwe", disabled: true });
    const rest = async () => {
      while (!(await reader?.read())?.done);
    };
    await expect(rest()).rejects.toThrow();
  });

  it("of somebody who is kept out is refused from the next request on", async () => {
    const hub = await open();
    const uwe = await hub.signIn("uwe", "user");
    expect(await statusOf(hub, uwe.accessToken)).toBe(200);
    await hub.api("/api/users/uwe", { method: "PATCH", body: JSON.stringify({ disabled: true }), headers: { "content-type": "application/json" } });
    expect(await statusOf(hub, uwe.accessToken)).toBe(401);
    expect((await hub.post("/api/auth/refresh", { refreshToken: uwe.refreshToken })).status).toBe(401);
  });

  it("whose refresh token comes a second time ends, and the log says whose and from where", async () => {
    const lines: Record<string, unknown>[] = [];
    const log = createLog({ level: "info", destination: { write: (text) => void lines.push(JSON.parse(text) as Record<string, unknown>) } });
    const hub = await open({ logLevel: "info" }, { log });
    let { refreshToken } = hub.admin;
    for (let count = 0; count < 2; count++) {
      const next = await answer<TestSession>(await hub.post("/api/auth/refresh", { refreshToken }));
      refreshToken = next.body.refreshToken;
    }
    expect((await hub.post("/api/auth/refresh", { refreshToken: hub.admin.refreshToken })).status).toBe(401);
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: "warn",
        user: "ada",
        session: hub.admin.session,
        address: "127.0.0.1",
        msg: expect.stringContaining("second time"),
      }),
    );
    expect((await hub.post("/api/auth/refresh", { refreshToken })).status).toBe(401);
    expect(await statusOf(hub, hub.admin.accessToken)).toBe(401);
  });
});

describe("a request that another site forges", () => {
  it("has no identity: the cookie alone changes nothing", async () => {
    const hub = await open();
    const { cookie } = await openPage(hub, "ada");
    const change = (headers: Record<string, string>) =>
      fetch(`${hub.url}/api/users`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ name: "eva" }),
      });
    expect((await change({ cookie })).status).toBe(401);
    expect((await change({ cookie, ...page })).status).toBe(200);
    expect((await hub.post("/api/auth/signout", {}, { cookie })).headers.getSetCookie()).toEqual([]);
    expect((await fetch(`${hub.url}/api/auth/me`, { headers: { cookie } })).status).toBe(200);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect((await fetch(`${hub.url}/api/auth/signin`, { method: "POST", headers: form, body: "code=x" })).status).toBe(415);
  });
});

describe("an access token", () => {
  let hub: Hub;
  let claims: JWTPayload;
  let header: { kid: string };
  beforeEach(async () => {
    // Each forged one counts as a guess.
    hub = await open({ signInFailuresPerMinute: 1_000 });
    claims = decodeJwt(hub.admin.accessToken);
    header = decodeProtectedHeader(hub.admin.accessToken) as { kid: string };
  });
  /** Signed with the hub's own key, as a thief of the key could: what is refused then is refused for what it says. */
  const signed = async (change: JWTPayload, head: Record<string, unknown> = {}) =>
    new SignJWT({ ...claims, ...change }).setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", ...header, ...head }).sign(await signingKeyOf(hub));
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

  it("says who, in which role, in which session, for ten minutes, and is verified by anybody with the published keys", async () => {
    const { keys } = (await (await fetch(`${hub.url}/.well-known/jwks.json`)).json()) as { keys: PublicKey[] };
    expect(keys.map(({ kty, crv, alg, use, kid }) => ({ kty, crv, alg, use, kid }))).toEqual([
      { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig", kid: header.kid },
    ]);
    expect(Object.keys(keys[0] ?? {})).not.toContain("d");
    const key = await importJWK({ ...keys[0] }, "EdDSA");
    const { payload, protectedHeader } = await jwtVerify(hub.admin.accessToken, key, { audience: "fogline", typ: "at+jwt" });
    expect(protectedHeader.alg).toBe("EdDSA");
    expect(payload).toMatchObject({ sub: "ada", role: "admin", sid: hub.admin.session });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(600);
    expect(await statusOf(hub, await signed({}))).toBe(200);
  });

  it("that is unsigned is nobody's, whatever it calls that", async () => {
    for (const alg of ["none", "None", "NONE", "nOnE"]) {
      const unsigned = `${part({ alg, typ: "at+jwt", ...header })}.${part(claims)}.`;
      expect([alg, await statusOf(hub, unsigned)]).toEqual([alg, 401]);
    }
    const [head, body] = hub.admin.accessToken.split(".");
    expect(await statusOf(hub, `${head}.${body}.`)).toBe(401);
  });

  it("that is signed with the public key as a shared secret is nobody's", async () => {
    const { keys } = (await (await fetch(`${hub.url}/.well-known/jwks.json`)).json()) as { keys: PublicKey[] };
    const [known] = keys;
    const secrets = [Buffer.from(known?.x ?? "", "base64url"), Buffer.from(known?.x ?? ""), Buffer.from(JSON.stringify(known))];
    for (const secret of secrets) {
      const head = `${part({ alg: "HS256", typ: "at+jwt", ...header })}.${part(claims)}`;
      expect(await statusOf(hub, `${head}.${createHmac("sha256", secret).update(head).digest("base64url")}`)).toBe(401);
    }
  });

  it("that brings its own key is nobody's", async () => {
    const other = await open();
    const { keys } = (await (await fetch(`${other.url}/.well-known/jwks.json`)).json()) as { keys: PublicKey[] };
    const foreign = (head: Record<string, unknown>) =>
      signingKeyOf(other).then((key) => new SignJWT(claims).setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", ...head }).sign(key));
    expect(await statusOf(hub, await foreign({ ...header }))).toBe(401);
    expect(await statusOf(hub, await foreign({ jwk: { ...keys[0] }, kid: header.kid }))).toBe(401);
    expect(await statusOf(hub, await foreign({ jku: `${other.url}/.well-known/jwks.json`, kid: keys[0]?.kid }))).toBe(401);
    expect(await statusOf(hub, other.admin.accessToken)).toBe(401);
  });

  it("of an unknown key, or with a key id that is a path, is nobody's", async () => {
    for (const kid of ["unknown", "../../root.key", "' or 1=1 --", "", 7])
      expect([kid, await statusOf(hub, await signed({}, { kid: kid as string }))]).toEqual([kid, 401]);
  });

  it("that has expired, or is not valid yet, is nobody's", async () => {
    const nowSeconds = Math.floor(hub.clock.now() / 1_000);
    expect(await statusOf(hub, await signed({ exp: nowSeconds - 1 }))).toBe(401);
    expect(await statusOf(hub, await signed({ nbf: nowSeconds + 60 }))).toBe(401);
  });

  it("for another audience, of another issuer, of another type or without what it must say is nobody's", async () => {
    for (const change of [
      { aud: "other" },
      { iss: "other" },
      { sub: undefined },
      { exp: undefined },
      { iat: undefined },
      { role: "service" },
      { role: "root" },
      { sid: undefined },
    ])
      expect([change, await statusOf(hub, await signed(change as JWTPayload))]).toEqual([change, 401]);
    expect(await statusOf(hub, await signed({}, { typ: "JWT" }))).toBe(401);
    expect(await statusOf(hub, hub.admin.refreshToken)).toBe(401);
  });

  it("whose claims were altered is nobody's", async () => {
    const uwe = await hub.signIn("uwe", "user");
    const [head, body, signature = ""] = uwe.accessToken.split(".");
    for (const change of [{ role: "admin" }, { sub: "ada" }, { exp: 9_999_999_999 }]) {
      const altered = part({ ...JSON.parse(Buffer.from(body ?? "", "base64url").toString()), ...change });
      expect(await statusOf(hub, `${head}.${altered}.${signature}`)).toBe(401);
    }
    expect(await statusOf(hub, `${head}.${body}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`)).toBe(401);
  });

  it("of a session that has ended is nobody's, however well it is signed", async () => {
    await hub.client.call(revokeSession, { id: hub.admin.session });
    expect(await statusOf(hub, await signed({ exp: Math.floor(hub.clock.now() / 1_000) + 86_400 }))).toBe(401);
  });

  it("that is hostile text is nobody's, and the next one is taken", async () => {
    for (const token of ["a.b.c", "..", "%00", `${"A".repeat(9_000)}`, "eyJhbGciOiJub25lIn0.e30.", '{"alg":"none"}'])
      expect([token.slice(0, 20), await statusOf(hub, token)]).toEqual([token.slice(0, 20), 401]);
    expect(await statusOf(hub, hub.admin.accessToken)).toBe(200);
  });
});

describe("what is another's", () => {
  it("is out of reach: a user sees and ends their own sessions, and sets their own password with the current one", async () => {
    const hub = await open();
    const uwe = await hub.signIn("uwe", "user");
    const send = async (method: string, path: string, body?: unknown) =>
      answer(
        await hub.api(
          path,
          { method, ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }) },
          uwe.accessToken,
        ),
      );
    expect((await send("GET", "/api/sessions")).body).toMatchObject({ sessions: [{ user: "uwe", current: true }], next: null });
    expect(await send("GET", "/api/sessions?user=ada")).toMatchObject({ status: 403, body: { code: "FL4003" } });
    expect(await send("DELETE", `/api/sessions/${hub.admin.session}`)).toMatchObject({ status: 404, body: { code: "FL4004" } });
    const password = "a long enough password";
    for (const name of ["ada", "nobody"])
      expect(await send("PUT", `/api/users/${name}/password`, { password })).toMatchObject({ status: 403, body: { code: "FL4003" } });
    expect(await send("PUT", "/api/users/uwe/password", { password })).toMatchObject({ status: 200 });
    expect(await send("PUT", "/api/users/uwe/password", { password: "another long password" })).toMatchObject({
      status: 401,
      body: { code: "FL4002" },
    });
    expect(await send("PUT", "/api/users/uwe/password", { password: "another long password", current: password })).toMatchObject({ status: 200 });
    expect(await send("DELETE", `/api/sessions/${uwe.session}`)).toMatchObject({ status: 200 });
    expect(await statusOf(hub, uwe.accessToken)).toBe(401);
    expect(await statusOf(hub, hub.admin.accessToken)).toBe(200);
  });

  it("is an admin's to see: sessions of everybody or of one, and the password of anybody", async () => {
    const hub = await open();
    const uwe = await hub.signIn("uwe", "user");
    const everybody = await hub.client.call(listSessions, {}, { principal: { name: "ada", role: "admin", session: hub.admin.session } });
    expect(everybody.ok && everybody.value.sessions.map(({ user, current }) => [user, current])).toEqual([
      ["uwe", false],
      ["ada", true],
    ]);
    const sent = { method: "PUT", headers: { "content-type": "application/json" } };
    expect((await hub.api("/api/users/uwe/password", { ...sent, body: JSON.stringify({ password: "a long enough password" }) })).status).toBe(200);
    expect((await hub.api("/api/users/uwe/password", { ...sent, body: JSON.stringify({ password: "short" }) })).status).toBe(400);
    expect(await statusOf(hub, uwe.accessToken)).toBe(401);
  });
});
