import { describe, expect, it } from "vitest";
import { json, nobody, problem, type Step, wire } from "./testing/wire.ts";

const session = (number: number): Step =>
  json({
    ...{ name: "ann", role: "admin", session: "s1", expiresAtMs: 1_000_000 },
    ...{ accessToken: `access-${number}`, accessExpiresAtMs: 600_000 * number, refreshToken: `refresh-${number}` },
  });
const policies = (): Step => json({ policies: [] });
const first = { accessToken: "access-1", accessExpiresAtMs: 600_000, refreshToken: "refresh-1" };
const trace = (seen: readonly { path: string; headers: Readonly<Record<string, string>>; body: unknown }[]) =>
  seen.map(({ path, headers, body }) => `${path} ${headers.authorization ?? JSON.stringify(body)}`);

describe("a session", () => {
  it("speaks with its access token while that lasts", async () => {
    const { client, seen } = wire([policies()], { tokens: first, now: () => 589_999 });
    await client.policies.list();
    expect(trace(seen)).toEqual(["/api/policies Bearer access-1"]);
  });

  it("renews itself before its access token ends, and tells of the new tokens before they are used", async () => {
    const told: unknown[] = [];
    let keeps = 0;
    const changed = async (tokens: unknown): Promise<void> => {
      told.push(tokens);
      keeps = seen.length;
    };
    const { client, seen } = wire([session(2), policies(), policies()], { tokens: { ...first, changed }, now: () => 590_001 });
    await client.policies.list();
    await client.policies.list();
    expect(trace(seen)).toEqual(['/api/auth/refresh {"refreshToken":"refresh-1"}', "/api/policies Bearer access-2", "/api/policies Bearer access-2"]);
    expect([told, keeps]).toEqual([[{ accessToken: "access-2", accessExpiresAtMs: 1_200_000, refreshToken: "refresh-2" }], 1]);
  });

  it("renews itself once when the access token is refused, however many calls find out", async () => {
    const guarded: Step = ({ headers }) => (headers.authorization === "Bearer access-2" ? (policies() as Response) : problem(401, "FL4002"));
    const { client, seen } = wire([guarded, guarded, guarded, session(2), guarded, guarded, guarded], { tokens: first, now: () => 0 });
    await Promise.all([client.policies.list(), client.policies.list(), client.policies.list()]);
    expect(trace(seen).filter((line) => line.startsWith("/api/auth/refresh"))).toEqual(['/api/auth/refresh {"refreshToken":"refresh-1"}']);
  });

  it("begins with a refresh token alone", async () => {
    const { client, seen } = wire([session(2), policies()], { tokens: { refreshToken: "refresh-1" }, now: () => 0 });
    await client.policies.list();
    expect(trace(seen)).toEqual(['/api/auth/refresh {"refreshToken":"refresh-1"}', "/api/policies Bearer access-2"]);
  });

  it("tries the same exchange again when its answer was lost", async () => {
    const { client, seen } = wire([nobody(), session(2), policies()], { tokens: { refreshToken: "refresh-1" }, now: () => 0 });
    await client.policies.list();
    expect(trace(seen).slice(0, 2)).toEqual(Array(2).fill('/api/auth/refresh {"refreshToken":"refresh-1"}'));
  });

  it("that ended is told as not signed in, and not tried again", async () => {
    const { client, seen } = wire([problem(401, "FL4002"), problem(401, "FL4002")], { tokens: first, now: () => 0 });
    await expect(client.policies.list()).rejects.toMatchObject({ code: "FL4002" });
    expect(seen.length).toBe(2);
  });

  it("refused even with a new token is told so", async () => {
    const { client } = wire([problem(401, "FL4002"), session(2), problem(401, "FL4002")], { tokens: first, now: () => 0 });
    await expect(client.policies.list()).rejects.toMatchObject({ code: "FL4002" });
  });

  it("without tokens in the answer was asked for by a page, which this is not", async () => {
    const answer = json({ name: "ann", role: "user", session: "s", accessToken: null, accessExpiresAtMs: 1, refreshToken: null, expiresAtMs: 2 });
    const { client } = wire([answer], { tokens: { refreshToken: "refresh-1" }, now: () => 0 });
    await expect(client.policies.list()).rejects.toMatchObject({ code: "FL4011" });
  });
});

describe("a token that stays", () => {
  it("is told as refused when it is", async () => {
    const { client, seen } = wire([problem(401, "FL4002")]);
    await expect(client.policies.list()).rejects.toMatchObject({ code: "FL4002" });
    expect(seen.length).toBe(1);
  });
});
