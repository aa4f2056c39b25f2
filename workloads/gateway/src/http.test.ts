import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeSampled, taskChanged } from "@fogline/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { gatewayConfig, start } from "./index.ts";
import { hello, state } from "./testing/agent.ts";
import { type Hub, openHub } from "./testing/hub.ts";

const closing: (() => Promise<unknown>)[] = [];
const open = async (settings: Record<string, unknown> = {}, assets?: string) => {
  const hub = await openHub(settings, assets === undefined ? {} : { assets });
  closing.push(() => hub.close());
  return hub;
};
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const node = { id: "pi-1", site: "lab", region: "eu", cluster: null, tier: "iot", ring: null, hardware: "pi", connectivity: "lan", residency: null };
const json = { "content-type": "application/json" };
const post = (hub: Hub, body: string, headers: Record<string, string> = json) => hub.api("/api/nodes", { method: "POST", body, headers });
const problem = async (response: Response) => {
  const { code } = (await response.json()) as { code?: string };
  return { status: response.status, code, type: response.headers.get("content-type")?.split(";")[0] };
};
const asProblem = (status: number, code: string) => ({ status, code, type: "application/problem+json" });

/** What the server answers to bytes that no HTTP client would send. */
const raw = (hub: Hub, bytes: string) =>
  new Promise<string>((resolve) => {
    let text = "";
    const socket = connect(hub.gateway.httpPort, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (data) => {
      text += data.toString();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
  });

describe("bad input", () => {
  it("is answered with its documented code, and the next request succeeds", async () => {
    const hub = await open();
    const cases: [string, string, number, string][] = [
      ["a body of 2 MB", JSON.stringify({ ...node, site: "x".repeat(2_000_000) }), 413, "FL4006"],
      ["an unknown field", JSON.stringify({ ...node, availability: 0.9, color: "red" }), 400, "FL4001"],
      ["a number below its bound", JSON.stringify({ ...node, availability: -1 }), 400, "FL4001"],
      ["NaN", '{"id":"pi-1","availability":NaN}', 400, "FL4018"],
      ["a number larger than numbers are", JSON.stringify({ ...node, availability: 1 }).replace(":1}", ":1e999}"), 400, "FL4001"],
      ["no JSON", "{", 400, "FL4018"],
      ["an array", "[]", 400, "FL4001"],
      ["a key twice, the last one out of bounds", '{"availability":0.5,"availability":7}', 400, "FL4001"],
    ];
    for (const [what, body, status, code] of cases) expect([what, await problem(await post(hub, body))]).toEqual([what, asProblem(status, code)]);
    expect(hub.count("register")).toBe(0);
    expect((await hub.api("/api/nodes")).status).toBe(200);
  });

  it("of another content type is FL4018", async () => {
    const hub = await open();
    const answer = await problem(await post(hub, "id=pi-1", { "content-type": "application/x-www-form-urlencoded" }));
    expect(answer.code).toBe("FL4018");
  });

  it("that is not HTTP, or has a huge head, is answered and closed", async () => {
    const hub = await open();
    const garbage = await raw(hub, "not http at all\r\n\r\n");
    expect(garbage).toMatch(/^HTTP\/1\.1 400 /);
    expect(garbage).toContain('"code":"FL4018"');
    const huge = await raw(hub, `GET /api/nodes HTTP/1.1\r\nhost: x\r\nx-big: ${"x".repeat(70_000)}\r\n\r\n`);
    expect(huge).toMatch(/^HTTP\/1\.1 431 /);
    expect(huge).toContain('"code":"FL4018"');
    expect((await hub.api("/api/nodes")).status).toBe(200);
  });

  it("names a path that is not there with FL4004", async () => {
    const hub = await open();
    expect(await problem(await hub.api("/nowhere"))).toEqual(asProblem(404, "FL4004"));
  });
});

describe("a request", () => {
  it("without a token, or with one that is nobody's, is FL4002; with a role that is not enough FL4003", async () => {
    const hub = await open();
    expect(await problem(await fetch(`${hub.url}/api/nodes`))).toEqual(asProblem(401, "FL4002"));
    expect(await problem(await hub.api("/api/nodes", { headers: { authorization: "Bearer guess" } }))).toEqual(asProblem(401, "FL4002"));
    const { accessToken } = await hub.signIn("uwe", "user");
    const body = JSON.stringify({ ...node, availability: 0.9 });
    expect(await problem(await hub.api("/api/nodes", { method: "POST", body, headers: json }, accessToken))).toEqual(asProblem(403, "FL4003"));
    expect((await hub.api("/api/nodes", {}, accessToken)).status).toBe(200);
  });

  it("keeps its id, or gets one, and every answer carries the security headers", async () => {
    const hub = await open();
    const named = await hub.api("/api/nodes", { headers: { "x-request-id": "request-0001" } });
    expect(named.headers.get("x-request-id")).toBe("request-0001");
    const misnamed = await hub.api("/api/nodes", { headers: { "x-request-id": "<script>" } });
    expect(misnamed.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    const unnamed = await hub.api("/api/nodes");
    expect(unnamed.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(unnamed.headers.get("content-security-policy")).toContain("script-src 'self'");
    expect(unnamed.headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("too many of one principal are FL4007 with the seconds to wait", async () => {
    const hub = await open({ principalRatePerSecond: 1, rateBurstSeconds: 2 });
    const answers = [await hub.api("/api/nodes"), await hub.api("/api/nodes"), await hub.api("/api/nodes")];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[2]?.headers.get("retry-after")).toBe("1");
    expect((await hub.api("/api/nodes", {}, (await hub.signIn("uwe", "user")).accessToken)).status).toBe(200);
  });

  it("with guessed tokens is FL4007 after a few", async () => {
    const hub = await open({ signInFailuresPerMinute: 3 });
    const guess = async (token: string) => (await hub.api("/api/nodes", {}, token)).status;
    expect([await guess("a"), await guess("b"), await guess("c"), await guess(hub.admin.accessToken)]).toEqual([401, 401, 401, 429]);
  });
});

describe("a page", () => {
  it("is served from the assets, with the policy that allows nothing inline", async () => {
    const assets = await mkdtemp(join(tmpdir(), "fogline-assets-"));
    closing.push(() => rm(assets, { recursive: true }));
    await writeFile(join(assets, "index.html"), "<!doctype html><title>Fogline</title>");
    const hub = await open({}, assets);
    const page = await fetch(hub.url);
    expect(await page.text()).toContain("<title>Fogline</title>");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect((await fetch(`${hub.url}/../package.json`)).status).toBe(404);
    expect((await fetch(`${hub.url}/%2e%2e%2fpackage.json`)).status).toBe(404);
  });
});

/** The items of a feed as they arrive. */
const follow = async (hub: Hub, path: string, headers: Record<string, string> = {}) => {
  const left = new AbortController();
  closing.push(async () => left.abort());
  const response = await hub.api(path, { headers, signal: left.signal });
  const items: { cursor: string; item: { name: string } }[] = [];
  const read = async () => {
    let text = "";
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      text += new TextDecoder().decode(chunk);
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const [cursor, data] = ["id: ", "data: "].map((field) =>
          text
            .slice(0, end)
            .split("\n")
            .find((line) => line.startsWith(field))
            ?.slice(field.length),
        );
        if (cursor !== undefined && data !== undefined) items.push({ cursor, item: JSON.parse(data) });
        text = text.slice(end + 2);
      }
    }
  };
  void read().catch(() => {});
  return { items, leave: () => left.abort() };
};

const task = {
  ...{ id: "t-1", spec: { command: ["true"] }, status: "running" as const, reason: "it runs", attempt: 1, node: "pi-1", executionId: "t-1.1" },
  ...{ placement: null, result: null, createdAtMs: 0, startedAtMs: 0, finishedAtMs: null, version: 1 },
};

describe("the feed of changes", () => {
  it("begins with a reset, then has every change; a client that comes back gets what it missed", async () => {
    const hub = await open();
    const first = await follow(hub, "/api/changes");
    await hub.until(() => first.items.length === 1);
    await hub.client.publish(taskChanged, { task });
    await hub.until(() => first.items.length === 2);
    expect(first.items.map(({ item }) => item.name)).toEqual(["reset", "tasks.changed"]);
    first.leave();
    await hub.client.publish(taskChanged, { task: { ...task, version: 2 } });
    const again = await follow(hub, "/api/changes", { "last-event-id": first.items[1]?.cursor ?? "" });
    await hub.until(() => again.items.length === 1);
    expect(again.items[0]?.item).toMatchObject({ name: "tasks.changed", data: { task: { version: 2 } } });
    const lost = await follow(hub, "/api/changes", { "last-event-id": "another-start.5" });
    await hub.until(() => lost.items.length === 1);
    expect(lost.items[0]?.item.name).toBe("reset");
  });

  it("has samples only for those who ask, and agents send them only meanwhile", async () => {
    const hub = await open({ watchLingerMs: 20 });
    const agent = await hub.agent("pi-1");
    agent.send(hello("pi-1"));
    await agent.frame("welcome");
    const quiet = await follow(hub, "/api/changes");
    const watching = await follow(hub, "/api/changes?samples=true");
    await agent.frame("settings", ({ settings }) => settings.sampleMs === 2_000);
    agent.send({ type: "sample", state });
    await hub.until(() => watching.items.some(({ item }) => item.name === nodeSampled.name));
    await hub.client.publish(taskChanged, { task });
    await hub.until(() => quiet.items.length === 2);
    expect(quiet.items.map(({ item }) => item.name)).toEqual(["reset", "tasks.changed"]);
  });
});

describe("the feed of activity", () => {
  it("says in sentences what happened, from the beginning that is known", async () => {
    const hub = await open();
    await hub.client.publish(taskChanged, { task });
    const feed = await follow(hub, "/api/activity");
    await hub.until(() => feed.items.length > 0);
    expect(feed.items[0]?.item).toMatchObject({
      name: "tasks.changed",
      subject: "t-1",
      message: "task t-1 on pi-1 is running: it runs",
      severity: "info",
    });
  });
});

describe("a port in use", () => {
  it("is FL4016 with the port, for people and for agents, and nothing stays open", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    closing.push(async () => void taken.close());
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const hub = await open();
    for (const setting of ["httpPort", "agentPort"]) {
      const config = gatewayConfig.parse({ httpPort: 0, agentPort: 0, logLevel: "silent", [setting]: port });
      const starting = start(config, { bus: hub.bus, clock: hub.clock, random: hub.random, database: hub.database, secrets: hub.secrets });
      await expect(starting).rejects.toMatchObject({ code: "FL4016", message: expect.stringContaining(String(port)) });
    }
  });
});
