import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { revokeSession, taskChanged } from "@fogline/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { type Hub, openHub } from "./testing/hub.ts";
import { openReplicas } from "./testing/replicas.ts";
import { TestWebSocket } from "./testing/web-socket.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
const open = async (settings: Record<string, unknown> = {}) => {
  const hub = await openHub(settings);
  closing.push(() => hub.close());
  return hub;
};

const asAdmin = ({ admin }: Hub) => ({ authorization: `Bearer ${admin.accessToken}` });
const reach = (
  hub: Hub,
  path: string,
  headers: Record<string, string> = asAdmin(hub),
  options: ConstructorParameters<typeof TestWebSocket>[2] = {},
) => {
  const client = new TestWebSocket(`${hub.url}${path}`, headers, options);
  closing.push(async () => client.socket.terminate());
  return client;
};
const task = {
  ...{ id: "t-1", spec: { command: ["true"] }, status: "running" as const, reason: "it runs", attempt: 1, node: "pi-1", executionId: "t-1.1" },
  ...{ placement: null, result: null, createdAtMs: 0, startedAtMs: 0, finishedAtMs: null, version: 1 },
};
const namesIn = (texts: readonly string[]) => texts.map((text) => (JSON.parse(text) as { item: { name: string } }).item.name);

describe("a stream over WebSocket", () => {
  it("sends its items with their cursors, and goes on after the cursor that a client names", async () => {
    const hub = await open();
    const first = reach(hub, "/api/changes");
    await first.frames(1);
    await hub.client.publish(taskChanged, { task });
    expect(namesIn(await first.frames(2))).toEqual(["reset", "tasks.changed"]);
    const { cursor } = JSON.parse(first.texts[1] ?? "") as { cursor: string };
    first.socket.close();
    await hub.client.publish(taskChanged, { task: { ...task, version: 2 } });
    const again = reach(hub, `/api/changes?after=${encodeURIComponent(cursor)}`);
    expect(JSON.parse((await again.frames(1))[0] ?? "")).toMatchObject({ item: { name: "tasks.changed", data: { task: { version: 2 } } } });
  });

  it("opens for nobody without a token, and for no request that does not fit", async () => {
    const hub = await open();
    expect(await reach(hub, "/api/changes", {}).status).toBe(401);
    expect(await reach(hub, "/api/changes", { authorization: "Bearer guess" }).status).toBe(401);
    expect(await reach(hub, "/api/changes?colour=red").status).toBe(400);
  });

  it("opens by cookie only for a page of this origin", async () => {
    const hub = await open();
    const page = await hub.post("/api/auth/signin", { code: (await hub.codeFor("ada")).code }, { "x-fogline-request": "page" });
    const cookie = page.headers
      .getSetCookie()
      .map((one) => one.split(";", 1)[0])
      .join("; ");
    expect(await reach(hub, "/api/changes", { cookie, origin: hub.url }).status).toBe(101);
    expect(await reach(hub, "/api/changes", { cookie, origin: "http://evil.example" }).status).toBe(403);
    expect(await reach(hub, "/api/changes", { cookie, origin: `http://127.0.0.1:${hub.gateway.httpPort + 1}` }).status).toBe(403);
    expect(await reach(hub, "/api/changes", { cookie }).status).toBe(403);
    expect(await reach(hub, "/api/changes", { cookie, origin: "null" }).status).toBe(403);
  });

  it("is closed when its reader is not signed in any more", async () => {
    const hub = await open();
    const client = reach(hub, "/api/changes");
    await client.frames(1);
    await hub.client.call(revokeSession, { id: hub.admin.session });
    expect(await client.closed).toEqual({ code: 1008, reason: "not signed in any more" });
  });

  it("is ended when its reader answers no ping", async () => {
    const hub = await open({ webSocketPingMs: 100 });
    const client = reach(hub, "/api/changes", asAdmin(hub), { autoPong: false });
    await client.frames(1);
    expect((await client.closed).code).toBe(1006);
  });

  it("takes no messages", async () => {
    const hub = await open();
    const client = reach(hub, "/api/changes");
    await client.frames(1);
    client.socket.send("hello");
    expect((await client.closed).code).toBe(1008);
    const large = reach(hub, "/api/changes");
    await large.frames(1);
    large.socket.send("x".repeat(2_000));
    expect((await large.closed).code).toBe(1009);
  });

  it("drops a reader that does not read, and holds no more for it than the limit", async () => {
    const hub = await open({ outboundBytesMax: 100_000, feedBytesMax: 100_000_000 });
    const socket = connect(hub.gateway.httpPort, "127.0.0.1");
    const ended = once(socket, "close");
    socket.on("error", () => {});
    socket.write(
      `GET /api/changes HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer admin-token\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${Buffer.alloc(16).toString("base64")}\r\n\r\n`,
    );
    await once(socket, "readable");
    // Far more than what the buffers of two sockets take.
    const [frames, frameBytes] = [400, 100_000];
    for (let sent = 0; sent < frames; sent++) {
      await hub.client.publish(taskChanged, { task: { ...task, reason: "x".repeat(frameBytes), version: sent + 2 } });
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.resume();
    await ended;
    expect(socket.bytesRead).toBeLessThan((frames * frameBytes) / 2);
  });

  it("is told to come back when the gateway stops", async () => {
    const hub = await open();
    const client = reach(hub, "/api/changes");
    await client.frames(1);
    await hub.gateway.stop();
    expect(await client.closed).toEqual({ code: 1012, reason: "the gateway stops" });
  });
});

describe("a wish for an upgrade elsewhere", () => {
  it("is ignored: the request is answered as any other, and smuggles nothing", async () => {
    const hub = await open();
    expect(await reach(hub, "/api/nodes").status).toBe(200);
    expect(await reach(hub, "/nowhere").status).toBe(404);
  });
});

/** A service that takes WebSockets: what it was asked for, and its sockets. */
const service = async () => {
  const server = new WebSocketServer({
    host: "127.0.0.1",
    port: 0,
    maxPayload: 10_000_000,
    handleProtocols: (protocols) => [...protocols][0] ?? false,
  });
  await once(server, "listening");
  const requests: IncomingMessage[] = [];
  const sockets: WebSocket[] = [];
  server.on("connection", (socket, request) => {
    requests.push(request);
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("message", (data, binary) => socket.send(data, { binary }));
  });
  closing.push(
    () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.terminate();
        server.close(resolve);
      }),
  );
  const { port } = server.address() as { port: number };
  return { requests, sockets, url: `ws://127.0.0.1:${port}/live` };
};

describe("a WebSocket of a service", () => {
  const withService = async (settings: Record<string, unknown> = {}) => {
    const hub = await open(settings);
    const replicas = await openReplicas(hub);
    closing.push(() => replicas.close());
    const twin = await service();
    await replicas.list("twin-0", { webSocket: twin.url }, { type: "twin", operations: [] });
    return { hub, replicas, twin };
  };

  it("is reached through the gateway, frames both ways, text and binary", async () => {
    const { hub, twin } = await withService();
    const client = reach(hub, "/services/twin/ws?room=5", asAdmin(hub), { protocols: ["v2.twin", "v1.twin"] });
    expect(await client.status).toBe(101);
    expect(client.socket.protocol).toBe("v2.twin");
    client.socket.send("hello");
    await client.frames(1);
    client.socket.send(Buffer.from([1, 2, 3]));
    expect(await client.frames(2)).toEqual(["hello", "\u0001\u0002\u0003"]);
    expect(twin.requests[0]?.url).toBe("/live?room=5");
  });

  it("is told who calls by the gateway alone: nothing of the caller's own proof or claims gets through", async () => {
    const { hub, twin } = await withService();
    const user = await hub.signIn("uwe", "user");
    const cookie = `fogline_session_${hub.gateway.httpPort}=user-token`;
    const forged = { "x-fogline-principal": "root", "x-fogline-role": "admin", "x-forwarded-for": "1.2.3.4" };
    const client = reach(hub, "/services/twin/ws", { authorization: `Bearer ${user.accessToken}`, cookie, ...forged });
    expect(await client.status).toBe(101);
    const headers = twin.requests[0]?.headers ?? {};
    expect(headers).toMatchObject({ "x-fogline-principal": "uwe", "x-fogline-role": "user", "x-forwarded-for": "127.0.0.1" });
    expect(headers.authorization).toBeUndefined();
    expect(headers.cookie).toBeUndefined();
  });

  it("ends with the code that either side closes with", async () => {
    const { hub, twin } = await withService();
    const first = reach(hub, "/services/twin/ws");
    await first.status;
    twin.sockets[0]?.close(4_321, "enough");
    expect(await first.closed).toEqual({ code: 4_321, reason: "enough" });
    const second = reach(hub, "/services/twin/ws");
    await second.status;
    const ended = once(twin.sockets[1] as WebSocket, "close");
    second.socket.close(4_000, "bye");
    expect((await ended)[0]).toBe(4_000);
    const third = reach(hub, "/services/twin/ws");
    await third.status;
    twin.sockets[2]?.terminate();
    expect((await third.closed).code).toBe(1014);
  });

  it("takes no frame above the limit, from neither side", async () => {
    const { hub, twin } = await withService({ frameBytesMax: 2_000 });
    const client = reach(hub, "/services/twin/ws");
    await client.status;
    const ended = once(twin.sockets[0] as WebSocket, "close");
    client.socket.send("x".repeat(3_000));
    expect((await client.closed).code).toBe(1009);
    await ended;
    const other = reach(hub, "/services/twin/ws");
    await other.status;
    twin.sockets[1]?.send("x".repeat(3_000));
    expect([1009, 1014]).toContain((await other.closed).code);
  });

  it("passes everything on to a slow reader, in order, without holding it all", async () => {
    const { hub, twin } = await withService({ outboundBytesMax: 50_000 });
    const client = reach(hub, "/services/twin/ws");
    await client.status;
    client.socket.pause();
    for (let sent = 0; sent < 200; sent++) twin.sockets[0]?.send(`${sent}:${"x".repeat(50_000)}`);
    client.socket.resume();
    const frames = await client.frames(200);
    expect(frames.map((text) => Number(text.split(":")[0]))).toEqual(Array.from({ length: 200 }, (_, sent) => sent));
  });

  it("is for users, for pages of this origin, and for services that take one", async () => {
    const { hub, twin } = await withService();
    expect(await reach(hub, "/services/twin/ws", {}).status).toBe(401);
    const page = await hub.post("/api/auth/signin", { code: (await hub.codeFor("ada")).code }, { "x-fogline-request": "page" });
    const cookie = page.headers
      .getSetCookie()
      .map((one) => one.split(";", 1)[0])
      .join("; ");
    expect(await reach(hub, "/services/twin/ws", { cookie, origin: "http://evil.example" }).status).toBe(403);
    expect(await reach(hub, "/services/policy/ws").status).toBe(404);
    expect(await reach(hub, "/services/..%2f..%2fetc/ws").status).toBe(404);
    expect((await hub.api("/services/twin/ws")).status).toBe(426);
    expect(twin.requests).toEqual([]);
  });

  it("goes to another replica when the chosen one does not take it, and is 503 when none does", async () => {
    const { hub, replicas, twin } = await withService({ balanceByService: { twin: "nearest" }, site: "lab" });
    await replicas.list("twin-1", { webSocket: "ws://127.0.0.1:1/gone", site: "lab" }, { type: "twin", operations: [] });
    const client = reach(hub, "/services/twin/ws");
    expect(await client.status).toBe(101);
    expect(twin.requests).toHaveLength(1);
    await replicas.list("lost-0", { webSocket: "ws://127.0.0.1:1/gone" }, { type: "lost", operations: [] });
    expect(await reach(hub, "/services/lost/ws").status).toBe(503);
  });

  it("never goes where a registration names no WebSocket address", async () => {
    const { hub, replicas } = await withService();
    for (const webSocket of ["file:///etc/passwd", "http://127.0.0.1:1/", "ws://user:secret@127.0.0.1:1/", "nonsense"]) {
      await replicas.list("odd-0", { webSocket }, { type: "odd", operations: [] });
      expect(await reach(hub, "/services/odd/ws").status).toBe(404);
    }
  });

  it("is told to come back when the gateway stops, which waits for no side that is silent", async () => {
    const { hub, twin } = await withService();
    const client = reach(hub, "/services/twin/ws");
    await client.status;
    twin.sockets[0]?.pause();
    await hub.gateway.stop();
    expect((await client.closed).code).toBe(1012);
  });

  it("is closed on both sides when its caller is not signed in any more", async () => {
    const { hub, twin } = await withService();
    const client = reach(hub, "/services/twin/ws");
    await client.status;
    const ended = once(twin.sockets[0] as WebSocket, "close");
    await hub.client.call(revokeSession, { id: hub.admin.session });
    expect((await client.closed).code).toBe(1008);
    expect((await ended)[0]).toBe(1008);
  });
});
