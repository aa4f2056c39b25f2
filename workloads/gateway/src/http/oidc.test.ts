import { listUsers, setPassword, updateUser } from "@fogline/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { gatewayConfig } from "../index.ts";
import { type Hub, openHub } from "../testing/hub.ts";
import { client, freePort, openIdentityProvider, TestBrowser } from "../testing/identity-provider.ts";

const path = "/api/auth/oidc";

describe("signing in at the identity provider", () => {
  let provider: Awaited<ReturnType<typeof openIdentityProvider>>;
  let hub: Hub;
  beforeEach(async () => {
    const httpPort = await freePort();
    const oidcCallbackUrl = `http://127.0.0.1:${httpPort}${path}/callback`;
    provider = await openIdentityProvider(oidcCallbackUrl);
    hub = await openHub({
      ...{ httpPort, oidcCallbackUrl, oidcIssuer: provider.issuer, oidcClientId: client.id, oidcClientSecret: client.secret, oidcName: "Acme" },
      ...{ oidcAdminClaim: "groups", oidcAdminValue: "operators" },
    });
  });
  afterEach(async () => {
    await hub.close();
    await provider.close();
  });

  const isCallback = (url: string) => url.startsWith(`${hub.url}${path}/callback`);
  const isHome = (url: string) => url.startsWith(`${hub.url}/`) && !url.includes("/api/");
  /** Goes the whole way as somebody, and answers where it ended and who is signed in then. */
  const enter = async (subject: string, browser = new TestBrowser()) => {
    provider.state.signsIn = subject;
    const { url } = await browser.follow(`${hub.url}${path}`, isHome);
    const me = await browser.ask(`${hub.url}/api/auth/me`);
    return { browser, url, status: me.status, me: (await me.json()) as { name: string; role: string; session: string } };
  };
  const users = async () => {
    const answer = await hub.client.call(listUsers, {});
    return answer.ok ? answer.value.users.map(({ name, role, external }) => ({ name, role, external })) : [];
  };

  it("is offered by name, and makes a user at the first time that is found again at the next", async () => {
    expect(await (await fetch(`${hub.url}/api/auth/methods`)).json()).toEqual({ password: false, oidc: { name: "Acme", url: path } });
    provider.accounts.set("s-1", { preferred_username: "Eva Müller", email: "eva@example.org", groups: ["operators"] });
    const first = await enter("s-1");
    expect(first).toMatchObject({ url: `${hub.url}/`, status: 200, me: { name: "eva-muller", role: "admin" } });
    provider.accounts.set("s-1", { preferred_username: "Eva Renamed", groups: ["operators"] });
    const again = await enter("s-1");
    expect(again.me.name).toBe("eva-muller");
    expect(again.me.session).not.toBe(first.me.session);
    expect(await users()).toContainEqual({ name: "eva-muller", role: "admin", external: true });
  });

  it("keeps what must come back in a cookie for the way back alone, and the session's cookies as always", async () => {
    provider.accounts.set("s-1", { preferred_username: "eva" });
    const port = hub.gateway.httpPort;
    const begun = await fetch(`${hub.url}${path}`, { redirect: "manual" });
    expect(begun.headers.getSetCookie()).toEqual([
      expect.stringMatching(new RegExp(`^fogline_oidc_${port}=[^;]+; Path=${path}; HttpOnly; SameSite=Lax; Max-Age=600$`)),
    ]);
    const asked = new URL(begun.headers.get("location") ?? "");
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({
      code_challenge_method: "S256",
      response_type: "code",
      state: expect.any(String),
      nonce: expect.any(String),
    });
    const { browser } = await enter("s-1");
    expect([...browser.cookies(hub.url).keys()].toSorted()).toEqual([`fogline_access_${port}`, `fogline_refresh_${port}`]);
  });

  it("never gives somebody another's user, however they are called at the provider", async () => {
    provider.accounts.set("s-1", { preferred_username: "ada" });
    provider.accounts.set("s-2", { preferred_username: "admin" });
    provider.accounts.set("s-3", { email: "ada@example.org" });
    provider.accounts.set("s-4", { preferred_username: "<script>" });
    provider.accounts.set("s-5", {});
    const names = [];
    for (const subject of ["s-1", "s-2", "s-3", "s-4", "s-5"]) names.push((await enter(subject)).me);
    expect(names.map(({ name, role }) => [name, role])).toEqual([
      ["ada-2", "user"],
      ["admin-2", "user"],
      ["ada-3", "user"],
      ["script", "user"],
      ["user", "user"],
    ]);
  });

  it("gives the role that the provider says each time, and ends sessions with another", async () => {
    provider.accounts.set("s-1", { preferred_username: "eva", groups: ["staff", "operators"] });
    const before = await enter("s-1");
    expect(before.me.role).toBe("admin");
    provider.accounts.set("s-1", { preferred_username: "eva", groups: ["staff"] });
    const after = await enter("s-1");
    expect(after.me.role).toBe("user");
    expect((await before.browser.ask(`${hub.url}/api/auth/me`)).status).toBe(401);
  });

  it("is refused to who is kept out here, and has no password here", async () => {
    provider.accounts.set("s-1", { preferred_username: "eva" });
    await enter("s-1");
    const password = await hub.client.call(setPassword, { name: "eva", password: "a long enough password" });
    expect(password).toMatchObject({ ok: false, failure: { code: "FL4005", error: "isExternal" } });
    await hub.client.call(updateUser, { name: "eva", disabled: true });
    expect(await enter("s-1")).toMatchObject({ url: `${hub.url}/#signin=failed`, status: 401 });
  });

  it("is finished by the browser that began it alone, once, and with what belongs to it", async () => {
    provider.accounts.set("s-1", { preferred_username: "eva" });
    provider.state.signsIn = "s-1";
    const attacker = new TestBrowser();
    const { url: callback } = await attacker.follow(`${hub.url}${path}`, isCallback);
    const victim = new TestBrowser();
    const outcome = async (browser: TestBrowser, url: string) => (await browser.ask(url)).headers.get("location");
    expect(await outcome(victim, callback)).toBe("/#signin=failed");
    await victim.ask(`${hub.url}${path}`);
    expect(await outcome(victim, callback)).toBe("/#signin=failed");
    const other = new URL(callback);
    other.searchParams.set("state", "another");
    const kept = new Map(attacker.cookies(hub.url));
    expect(await outcome(attacker, other.href)).toBe("/#signin=failed");
    for (const [name, value] of kept) attacker.cookies(hub.url).set(name, value);
    expect(await outcome(attacker, callback)).toBe("/");
    for (const [name, value] of kept) attacker.cookies(hub.url).set(name, value);
    expect(await outcome(attacker, callback)).toBe("/#signin=failed");
    expect(await outcome(attacker, `${hub.url}${path}/callback?error=access_denied&state=x`)).toBe("/#signin=failed");
    expect((await victim.ask(`${hub.url}/api/auth/me`)).status).toBe(401);
  });

  it("fails while the provider is away, and works when it is back", async () => {
    provider.accounts.set("s-1", { preferred_username: "eva" });
    provider.state.away = true;
    expect(await enter("s-1")).toMatchObject({ url: `${hub.url}/#signin=failed`, status: 401 });
    provider.state.away = false;
    expect(await enter("s-1")).toMatchObject({ url: `${hub.url}/`, status: 200 });
  });
});

describe("without an identity provider", () => {
  it("there is no way to one, and settings that are half there are refused", async () => {
    const hub = await openHub();
    expect((await hub.api(path)).status).toBe(404);
    await hub.close();
    const issuer = {
      oidcIssuer: "https://id.example.org",
      oidcClientId: "fogline",
      oidcCallbackUrl: "https://hub.example.org/api/auth/oidc/callback",
    };
    expect(gatewayConfig.safeParse(issuer).success).toBe(true);
    const faults = [
      { oidcClientId: undefined },
      { oidcCallbackUrl: undefined },
      { oidcIssuer: "http://id.example.org" },
      { oidcAdminClaim: "groups" },
      { oidcIssuer: "file:///etc" },
    ];
    expect(faults.filter((fault) => gatewayConfig.safeParse({ ...issuer, ...fault }).success)).toEqual([]);
  });
});
