import { FoglineError } from "@fogline/findings";
import { describe, expect, it } from "vitest";
import { createTask, listPolicies } from "./index.ts";
import { json, nobody, problem, wire } from "./testing/wire.ts";

const policies = { policies: [] };

describe("a call", () => {
  it("is sent where its contract says, with the token, and answers what the contract says", async () => {
    const { client, seen } = wire([json({ moves: [], nextBeforeMs: null })]);
    expect(await client.tasks.moves({ movedOnly: "false", limit: 5 })).toEqual({ moves: [], nextBeforeMs: null });
    expect(seen).toEqual([
      {
        method: "GET",
        path: "/api/moves?movedOnly=false&limit=5",
        headers: { accept: "application/json", authorization: "Bearer t" },
        body: undefined,
      },
    ]);
  });

  it("can be made with the contract itself", async () => {
    const { client } = wire([json(policies)]);
    expect(await client.call(listPolicies, {})).toEqual(policies);
  });

  it("puts path, query and body where they belong, whatever is in them", async () => {
    const { client, seen } = wire([json({ removed: true }), json({}), json({ moves: [], nextBeforeMs: null })]);
    await client.nodes.remove({ id: "a/b?c" });
    await client.users.password({ name: "ann", password: "correct horse" });
    await client.tasks.moves({ sinceMs: undefined });
    expect(seen.map(({ method, path, body }) => [method, path, body])).toEqual([
      ["DELETE", "/api/nodes/a%2Fb%3Fc", undefined],
      ["PUT", "/api/users/ann/password", { password: "correct horse" }],
      ["GET", "/api/moves", undefined],
    ]);
  });

  it("without a token uses the cookie of the page, and says that it is a script of the page", async () => {
    const { client, seen } = wire([json(policies)], { token: undefined } as never);
    await client.policies.list();
    expect(seen[0]?.headers).toEqual({ accept: "application/json", "x-fogline-request": "client" });
  });

  it("that names no thing of the path is a mistake of the caller", async () => {
    const { client, seen } = wire([]);
    await expect(client.nodes.get({ id: "" })).rejects.toThrow(new TypeError('nodes.get needs "id"'));
    expect(seen).toEqual([]);
  });

  it("ignores what only a newer hub knows", async () => {
    const policy = { name: "warm", description: "", effect: "audit", rule: { kind: "temperature", celsiusMax: 70 }, version: 1 };
    const { client } = wire([json({ policies: [{ ...policy, since: 5 }], more: true })]);
    expect(await client.policies.list()).toEqual({ policies: [policy] });
  });

  it("throws FL4011 for an answer that its contract does not declare", async () => {
    const { client } = wire([json({ policies: 1 }), new Response("<html>")], { remedies: { incompatible: "Update." } });
    await expect(client.policies.list()).rejects.toMatchObject({
      code: "FL4011",
      remedy: "Update.",
      message: expect.stringContaining("policies.list"),
    });
    await expect(client.policies.list()).rejects.toMatchObject({ code: "FL4011" });
  });
});

describe("a problem", () => {
  it("is thrown with its code, its remedy, its facts and everything that was wrong with the request", async () => {
    const errors = [
      { path: "limit", message: "too big", remedy: "At most 100." },
      { path: "after", message: "no text" },
    ];
    const { client } = wire([problem(400, "FL4001", { errors, fields: { a: 1 } })]);
    const thrown = await client.nodes.list({ limit: 1_000 }).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(FoglineError);
    expect(thrown).toMatchObject({
      code: "FL4001",
      message: "it is FL4001",
      remedy: expect.stringContaining("Correct the named fields"),
      fields: { a: 1, requestId: "r-1" },
      findings: [
        { code: "FL4001", severity: "error", message: "too big", place: { path: "limit" }, remedy: "At most 100." },
        { code: "FL4001", severity: "error", message: "no text", place: { path: "after" } },
      ],
    });
  });

  it("of a code that this client is too old to know keeps the code in its message", async () => {
    const { client } = wire([problem(418, "FL4999")]);
    await expect(client.policies.list()).rejects.toMatchObject({ code: "FL4011", message: "it is FL4999 (FL4999)" });
  });

  it("that is none, from a proxy on the way, says the status", async () => {
    const { client } = wire([new Response("Bad Gateway", { status: 502 })]);
    await expect(client.policies.list()).rejects.toMatchObject({ code: "FL4011", message: "the hub answered 502" });
  });
});

describe("a call that fails on the way", () => {
  it("is made again, three times in all, with growing pauses, and then thrown with its remedy", async () => {
    const { client, waits, seen } = wire([nobody(), problem(503, "FL4009"), nobody()], { remedies: { unreachable: "Start it." } });
    await expect(client.policies.list()).rejects.toMatchObject({
      code: "FL4009",
      message: "the hub at http://hub.test does not answer: connect ECONNREFUSED",
      remedy: "Start it.",
    });
    expect([waits, seen.length]).toEqual([[500, 1_000], 3]);
  });

  it("ends well when the hub comes back", async () => {
    const { client } = wire([nobody(), json(policies)]);
    expect(await client.policies.list()).toEqual(policies);
  });

  it("is not made again where twice may act twice", async () => {
    const { client, seen } = wire([nobody(), json({})]);
    await expect(client.enrolments.create({ id: "pi-3" })).rejects.toMatchObject({ code: "FL4009" });
    expect(seen.length).toBe(1);
  });

  it("is made again with the same key where a key makes that safe", async () => {
    const taken = { code: "FL4013" };
    const { client, seen } = wire([nobody(), problem(422, "FL4013"), problem(422, "FL4013"), problem(422, "FL4013")]);
    await expect(client.tasks.create({ command: ["true"] })).rejects.toMatchObject(taken);
    await expect(client.tasks.create({ command: ["true"] })).rejects.toMatchObject(taken);
    await expect(client.call(createTask, { command: ["true"] }, { idempotencyKey: "mine" })).rejects.toMatchObject(taken);
    const keys = seen.map(({ headers }) => headers["idempotency-key"]);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect([keys[1] === keys[0], keys[2] === keys[0], keys[3]]).toEqual([true, false, "mine"]);
  });

  it("waits as long as the hub asks when too many came, also where twice would act twice", async () => {
    const made = { id: "e1", node: "pi-3", createdAtMs: 1, expiresAtMs: 2, usedAtMs: null, token: "fle_", command: "x" };
    const { client, waits } = wire([problem(429, "FL4007", {}, { "retry-after": "7" }), json(made)]);
    expect(await client.enrolments.create({ id: "pi-3" })).toEqual(made);
    expect(waits).toEqual([7_000]);
  });

  it("does not wait for a full queue, nor longer than half a minute", async () => {
    const { client, waits } = wire([problem(429, "FL4012"), problem(429, "FL4007", {}, { "retry-after": "31" })]);
    await expect(client.tasks.create({ command: ["true"] })).rejects.toMatchObject({ code: "FL4012" });
    await expect(client.policies.list()).rejects.toMatchObject({ code: "FL4007" });
    expect(waits).toEqual([]);
  });

  it("is made as often as told", async () => {
    const { client, seen } = wire([], { attemptsMax: 1 });
    await expect(client.policies.list()).rejects.toMatchObject({ code: "FL4009" });
    expect(seen.length).toBe(1);
  });

  it("ends at once when its caller gives up", async () => {
    const { client, seen } = wire([json(policies)]);
    await expect(client.policies.list({}, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    expect(seen.length).toBe(1);
  });
});

describe("a read that was read before", () => {
  it("is asked for by its ETag, and the answer that was kept stands for one that did not change", async () => {
    const { client, seen } = wire([json(policies, { headers: { etag: '"1"' } }), new Response(null, { status: 304 })], { etagsMax: 1 });
    expect([await client.policies.list(), await client.policies.list()]).toEqual([policies, policies]);
    expect(seen.map(({ headers }) => headers["if-none-match"])).toEqual([undefined, '"1"']);
  });

  it("is forgotten when too many others were read since", async () => {
    const answers = [1, 2, 3].map((etag) => json({ moves: [], nextBeforeMs: null }, { headers: { etag: `"${etag}"` } }));
    const { client, seen } = wire(answers, { etagsMax: 1 });
    for (const limit of [1, 2, 1]) await client.tasks.moves({ limit });
    expect(seen.map(({ headers }) => headers["if-none-match"])).toEqual([undefined, undefined, undefined]);
  });

  it("is not kept unless told", async () => {
    const { client, seen } = wire([json(policies, { headers: { etag: '"1"' } }), json(policies)]);
    for (let time = 0; time < 2; time++) await client.policies.list();
    expect(seen[1]?.headers).not.toHaveProperty("if-none-match");
  });
});
