import type { User } from "@fogline/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Hub, hostToken, openHub, type TestSession } from "../testing/hub.ts";

let hub: Hub;
beforeEach(async () => {
  hub = await openHub();
});
afterEach(() => hub.close());

const send = async (method: string, path: string, body?: unknown, token?: string) => {
  const json = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await hub.api(path, { method, ...json }, token);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

describe("the users of a hub", () => {
  it("are let in with a link, changed and removed by an admin, and each change is seen at the door", async () => {
    const made = await send("POST", "/api/users", { name: "uwe" });
    expect(made).toMatchObject({
      status: 200,
      body: { user: { name: "uwe", role: "user", hasPassword: false, disabled: false, lastSignInAtMs: null } },
    });
    const { code } = (made.body as { link: { code: string } }).link;
    const uwe = (await (await hub.post("/api/auth/signin", { code })).json()) as TestSession;
    const me = async () => (await send("GET", "/api/auth/me", undefined, uwe.accessToken)).status;
    expect(await me()).toBe(200);
    expect(await send("POST", "/api/users", { name: "uwe" })).toMatchObject({ status: 409, body: { code: "FL4005" } });
    expect(await send("PATCH", "/api/users/uwe", { disabled: true })).toMatchObject({ status: 200, body: { disabled: true, version: 2 } });
    expect(await me()).toBe(401);
    expect(await send("PATCH", "/api/users/nobody", { disabled: true })).toMatchObject({ status: 404, body: { code: "FL4004" } });
    expect(await send("DELETE", "/api/users/uwe")).toEqual({ status: 200, body: { removed: true } });
    expect(await send("DELETE", "/api/users/uwe")).toEqual({ status: 200, body: { removed: false } });
    expect(await send("POST", "/api/users/uwe/link", {})).toMatchObject({ status: 404, body: { code: "FL4004" } });
  });

  it("are listed in pages, and tell when they came in last", async () => {
    for (const name of ["eva", "ida"]) await send("POST", "/api/users", { name });
    const first = await send("GET", "/api/users?limit=2");
    expect((first.body.users as User[]).map(({ name }) => name)).toEqual(["ada", "eva"]);
    expect((first.body.users as User[])[0]?.lastSignInAtMs).toBeGreaterThan(0);
    expect(await send("GET", `/api/users?limit=2&after=${first.body.next}`)).toMatchObject({ body: { users: [{ name: "ida" }], next: null } });
  });

  it("keep an admin: the last one can be neither removed, nor kept out, nor made a user", async () => {
    for (const [method, body] of [["DELETE"], ["PATCH", { disabled: true }], ["PATCH", { role: "user" }]] as const)
      expect(await send(method, "/api/users/ada", body)).toMatchObject({
        status: 409,
        body: { code: "FL4005", detail: '"ada" is the last admin that can sign in' },
      });
    await send("POST", "/api/users", { name: "ida", role: "admin" });
    expect(await send("PATCH", "/api/users/ada", { role: "user" })).toMatchObject({ status: 200 });
  });

  it("have names that are names and passwords that are long enough, and nothing else is taken", async () => {
    for (const name of ["", "Ada", "a b", "../ada", "a".repeat(64), "-ada", "<b>", 7])
      expect([name, (await send("POST", "/api/users", { name })).status]).toEqual([name, 400]);
    expect((await send("POST", "/api/users", { name: "uwe", password: "short" })).status).toBe(400);
    expect((await send("POST", "/api/users", { name: "uwe", role: "node" })).status).toBe(400);
    expect((await send("POST", "/api/users", { name: "uwe", lastSignInAtMs: 1 })).status).toBe(400);
    expect((await send("PATCH", "/api/users/ada", { hasPassword: true })).status).toBe(400);
  });
});

describe("the host's link", () => {
  it("is for its own user, who is made when the link is used, and an admin's is for users that exist", async () => {
    expect(await send("POST", "/api/users/admin/link", {})).toMatchObject({ status: 404 });
    const made = await send("POST", "/api/users/admin/link", {}, hostToken);
    expect((await send("GET", "/api/users")).body.users).toMatchObject([{ name: "ada" }]);
    const { code } = made.body as { code: string };
    expect(await (await hub.post("/api/auth/signin", { code })).json()).toMatchObject({ name: "admin", role: "admin" });
    expect((await send("GET", "/api/users")).body.users).toMatchObject([{ name: "ada" }, { name: "admin", role: "admin" }]);
    expect((await send("POST", "/api/users/ada/link", {})).status).toBe(200);
  });
});
