import type { AuditRecord } from "@fogline/contracts";
import { sql } from "kysely";
import { afterEach, describe, expect, it } from "vitest";
import { type Hub, openHub } from "./testing/hub.ts";
import { newPolicy, openReplicas } from "./testing/replicas.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
const open = async (before?: (what: string, hub: Hub) => Promise<void>) => {
  const hub = await openHub();
  const replicas = await openReplicas(hub);
  closing.push(
    () => hub.close(),
    () => replicas.close(),
  );
  const asked = await replicas.add("policy-0", async (what) => before?.(what, hub));
  return { hub, asked };
};

const json = { "content-type": "application/json" };
const put = (hub: Hub, name: string, body: object = newPolicy(name), headers: Record<string, string> = {}) =>
  hub.api(`/api/policies/${name}`, { method: "PUT", headers: { ...json, ...headers }, body: JSON.stringify(body) });
const everything = async (hub: Hub): Promise<AuditRecord[]> =>
  ((await (await hub.api("/api/audit")).json()) as { entries: AuditRecord[] }).entries.toReversed();
/** What was changed; people sign in before they change anything. */
const entries = async (hub: Hub): Promise<AuditRecord[]> => (await everything(hub)).filter(({ operation }) => !operation.startsWith("auth."));
const shown = ({ operation, target, principal, outcome, status, code }: AuditRecord) => [operation, target, principal, outcome, status, code];

describe("a change over HTTP", () => {
  it("is in the audit before it is made and when it has ended, with who, what, from where and the request's id", async () => {
    const seen: number[] = [];
    const { hub } = await open(async (_what, at) => void seen.push((await entries(at)).length));
    expect((await put(hub, "no-latest", newPolicy("no-latest"), { "x-request-id": "request-0001" })).status).toBe(200);
    expect(seen).toEqual([1]);
    const written = await entries(hub);
    expect(written.map(shown)).toEqual([
      ["policies.put", "no-latest", "ada", "attempted", null, null],
      ["policies.put", "no-latest", "ada", "done", 200, null],
    ]);
    for (const entry of written) expect(entry).toMatchObject({ requestId: "request-0001", address: "127.0.0.1", role: "admin" });
  });

  it("that the service refuses is there as refused, with its status and code", async () => {
    const { hub } = await open();
    expect((await put(hub, "no-latest", { ...newPolicy("no-latest"), expectedVersion: 3 })).status).toBe(409);
    expect((await entries(hub)).map(shown).at(-1)).toEqual(["policies.put", "no-latest", "ada", "refused", 409, "FL4005"]);
  });

  it("that nobody answers is there as failed", async () => {
    const { hub } = await open();
    const answer = await hub.api("/api/services/shutdown", { method: "POST", headers: json, body: "{}" });
    expect(answer.status).toBe(503);
    expect((await entries(hub)).map(shown).at(-1)).toEqual(["fog.shutdown", null, "ada", "failed", 503, "FL4009"]);
  });

  it("by somebody with too little a role, or by nobody, is there as refused and reaches no service", async () => {
    const { hub, asked } = await open();
    expect((await put(hub, "p", newPolicy("p"), { authorization: `Bearer ${(await hub.signIn("uwe", "user")).accessToken}` })).status).toBe(403);
    expect((await put(hub, "p", newPolicy("p"), { authorization: "Bearer guess" })).status).toBe(401);
    expect((await entries(hub)).map(shown)).toEqual([
      ["policies.put", "p", "uwe", "refused", 403, "FL4003"],
      ["policies.put", "p", "nobody", "refused", 401, "FL4002"],
    ]);
    expect(asked).toEqual([]);
  });

  it("leaves no entry when it only reads or does not fit, and none with what was in its body", async () => {
    const { hub } = await open();
    await hub.api("/api/policies");
    expect((await put(hub, "p", { secret: "hunter2" })).status).toBe(400);
    await put(hub, "p", { ...newPolicy("p"), description: "hunter2" });
    const written = await entries(hub);
    expect(written.map(({ outcome }) => outcome)).toEqual(["attempted", "done"]);
    expect(JSON.stringify(written)).not.toContain("hunter2");
  });

  it("is refused while the audit cannot be written, and reads go on", async () => {
    const { hub, asked } = await open();
    await sql`alter table audit_entries rename to away`.execute(hub.database.kysely);
    const refused = await put(hub, "p");
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({
      code: "FL4009",
      detail: expect.stringContaining("changes are refused while the audit cannot be written"),
    });
    expect(asked).toEqual([]);
    expect((await hub.api("/api/policies")).status).toBe(200);
    await sql`alter table away rename to audit_entries`.execute(hub.database.kysely);
    expect((await put(hub, "p")).status).toBe(200);
  });

  it("is not answered as done when how it ended could not be written", async () => {
    const { hub, asked } = await open(async (what, at) => {
      if (what.startsWith("put")) await sql`alter table audit_entries rename to away`.execute(at.database.kysely);
    });
    const answer = await put(hub, "p");
    expect(asked).toEqual(["put p"]);
    expect(await answer.json()).toMatchObject({ status: 503, code: "FL4009", detail: expect.stringContaining("look before you try again") });
  });
});

describe("the audit over HTTP", () => {
  it("verifies, is for admins only, and names the entry that was changed behind its back", async () => {
    const { hub } = await open();
    await put(hub, "a");
    await put(hub, "b");
    const verified = async () => (await hub.api("/api/audit/verify")).json();
    const newest = (await entries(hub)).at(-1);
    // Each of the two has two, and the admin signed in before.
    expect(await verified()).toEqual({ entries: 5, intact: true, head: { sequence: 5, hash: newest?.hash }, broken: null });
    expect((await hub.api("/api/audit", { headers: { authorization: `Bearer ${(await hub.signIn("uwe", "user")).accessToken}` } })).status).toBe(403);
    await sql`update audit_entries set target = 'c' where sequence = 3`.execute(hub.database.kysely);
    expect(await verified()).toMatchObject({ intact: false, broken: { sequence: 3 } });
  });
});

describe("signing in and out", () => {
  it("is in the audit, with the name that was tried by who was turned away", async () => {
    const { hub } = await open();
    const before = (await everything(hub)).length;
    await hub.post("/api/auth/signin", { name: "uwe", password: "not the password" });
    await hub.post("/api/auth/signin", { code: "nobody's" });
    const uwe = await hub.signIn("uwe", "user");
    await hub.post("/api/auth/refresh", { refreshToken: uwe.refreshToken });
    await hub.post("/api/auth/signout", {}, { authorization: `Bearer ${uwe.accessToken}` });
    await hub.post("/api/auth/refresh", { refreshToken: "nobody's" });
    expect((await everything(hub)).slice(before).map(shown)).toEqual([
      ["auth.signin", "uwe", "nobody", "refused", 401, "FL4002"],
      ["auth.signin", null, "nobody", "refused", 401, "FL4002"],
      ["auth.signin", "uwe", "uwe", "done", 200, null],
      ["auth.signout", "uwe", "uwe", "done", 200, null],
      ["auth.refresh", null, "nobody", "refused", 401, "FL4002"],
    ]);
  });
});
