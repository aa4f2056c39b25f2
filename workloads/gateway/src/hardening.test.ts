import { execFileSync } from "node:child_process";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type Hub, hostToken, openHub } from "./testing/hub.ts";
import { openIdleSockets } from "./testing/idle-sockets.ts";
import { newPolicy, openReplicas } from "./testing/replicas.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
const open = async (settings: Record<string, unknown> = {}) => {
  const hub = await openHub({ requestTimeoutMs: 500, ...settings });
  const replicas = await openReplicas(hub);
  closing.push(
    () => hub.close(),
    () => replicas.close(),
  );
  return { hub, asked: await replicas.add("policy-0") };
};

/** Everything that the server says to some bytes until it closes the connection. */
const raw = (hub: Hub, ...parts: readonly string[]) =>
  new Promise<string>((resolve) => {
    let text = "";
    const socket = connect(hub.gateway.httpPort, "127.0.0.1");
    socket.on("data", (data) => {
      text += data.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
    for (const part of parts) socket.write(part, "latin1");
  });
const statuses = (text: string) => [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));

const token = `authorization: Bearer ${hostToken}`;
const body = JSON.stringify(newPolicy("smuggler"));
/** What an attacker hides behind a request: a change that would be made if it were read as a request of its own. */
const hidden = `PUT /api/policies/smuggled HTTP/1.1\r\nhost: x\r\n${token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
const put = (headers: readonly string[], rest: string) =>
  `PUT /api/policies/smuggler HTTP/1.1\r\n${["host: x", token, "content-type: application/json", ...headers].join("\r\n")}\r\n\r\n${rest}`;
const chunked = (text: string, extension = "") => `${text.length.toString(16)}${extension}\r\n${text}\r\n0\r\n\r\n`;

describe("a request that two readers could take for different ones", () => {
  it.each([
    ["a length and chunks", put([`content-length: ${body.length}`, "transfer-encoding: chunked"], chunked(body) + hidden)],
    ["chunks and a length", put(["transfer-encoding: chunked", "content-length: 4"], chunked(body) + hidden)],
    ["two different lengths", put([`content-length: ${body.length}`, "content-length: 0"], body + hidden)],
    ["two lengths in one header", put([`content-length: ${body.length}, 0`], body + hidden)],
    ["a length with a sign", put([`content-length: +${body.length}`], body + hidden)],
    ["a length in hexadecimal", put([`content-length: 0x${body.length.toString(16)}`], body + hidden)],
    ["an unknown transfer encoding", put(["transfer-encoding: xchunked"], chunked(body) + hidden)],
    ["chunked twice", put(["transfer-encoding: chunked, identity"], chunked(body) + hidden)],
    ["a blank before the colon", put(["transfer-encoding : chunked"], chunked(body) + hidden)],
    ["a header that goes on in the next line", put(["x-long: a", " transfer-encoding: chunked", `content-length: ${body.length}`], body + hidden)],
    [
      "a line that ends without a carriage return",
      put([`x-a: b\ntransfer-encoding: chunked`, `content-length: ${body.length}`], chunked(body) + hidden),
    ],
    ["a carriage return inside of a header", put([`x-a: b\rtransfer-encoding: chunked`, `content-length: ${body.length}`], body + hidden)],
    ["a NUL inside of a header", put([`x-a: b\u0000`, `content-length: ${body.length}`], body + hidden)],
    ["a chunk size that is no number", put(["transfer-encoding: chunked"], `zz\r\n${body}\r\n0\r\n\r\n${hidden}`)],
    ["a chunk size beyond every number", put(["transfer-encoding: chunked"], `fffffffffffffffff\r\n${body}\r\n0\r\n\r\n${hidden}`)],
    ["a chunk that is longer than it says", put(["transfer-encoding: chunked"], `2\r\n${body}\r\n0\r\n\r\n${hidden}`)],
  ])("is refused and its connection closed: %s", async (_what, bytes) => {
    const { hub, asked } = await open();
    const answer = await raw(hub, bytes);
    expect(statuses(answer)).toEqual([400]);
    expect(answer.toLowerCase()).toContain("connection: close");
    expect(asked).toEqual([]);
  });

  it("is read in one way where the standard allows it: chunks with extensions are a body and nothing else", async () => {
    const { hub, asked } = await open();
    const answer = await raw(hub, put(["transfer-encoding: chunked", "connection: close"], chunked(body, ';a="b"')));
    expect(statuses(answer)).toEqual([200]);
    expect(asked).toEqual(["put smuggler"]);
    const endless = await raw(hub, put(["transfer-encoding: chunked"], `1;${"x".repeat(100_000)}\r\n{\r\n`));
    expect(statuses(endless).every((status) => status >= 400)).toBe(true);
    expect(asked).toEqual(["put smuggler"]);
  });
});

describe("a slow client", () => {
  it.each([
    ["its head", () => ["GET /api/policies HTTP/1.1\r\nhost: x\r\nx-a:"]],
    ["its body", () => [put([`content-length: ${body.length}`], body.slice(0, 5))]],
    ["a chunk", () => [put(["transfer-encoding: chunked"], `${body.length.toString(16)}\r\n{`)]],
  ])("that does not finish %s is told so and dropped", async (_what, parts) => {
    const { hub, asked } = await open();
    expect(statuses(await raw(hub, ...parts()))).toEqual([408]);
    expect(asked).toEqual([]);
  });

  it("that never says anything is dropped too", async () => {
    const { hub } = await open();
    expect(await raw(hub)).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });
});

describe("a limit", () => {
  it("holds for the head, for all headers together, and for their number", async () => {
    const { hub } = await open();
    expect(statuses(await raw(hub, `GET /${"x".repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`))).toEqual([431]);
    const many = Array.from({ length: 5_000 }, (_, index) => `x-${index}: y`).join("\r\n");
    expect(statuses(await raw(hub, `GET / HTTP/1.1\r\nhost: x\r\n${many}\r\n\r\n`))).toEqual([431]);
  });

  it("holds for a body that says its length, and for one that does not", async () => {
    const { hub, asked } = await open();
    expect(statuses(await raw(hub, put(["content-length: 99999999", "connection: close"], "{")))).toEqual([413]);
    const large = "x".repeat(300_000);
    expect(statuses(await raw(hub, put(["transfer-encoding: chunked", "connection: close"], chunked(large))))[0]).toBe(413);
    expect(asked).toEqual([]);
  });

  it("holds for connections: one more than the limit is closed, and the others go on", async () => {
    const { hub } = await open({ connectionsMax: 3, requestTimeoutMs: 30_000 });
    const idle = await openIdleSockets(hub.gateway.httpPort, 3);
    expect(idle.opened).toBe(3);
    expect(await raw(hub, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).toBe("");
    expect(await idle.held()).toBe(3);
    idle.close();
  });
});

describe("a path that climbs", () => {
  it.each([
    "/../../../../etc/passwd",
    "/..%2f..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/%252e%252e%252f%252e%252e%252fetc%252fpasswd",
    "/..\\..\\..\\etc\\passwd",
    "/..%5c..%5cetc%5cpasswd",
    "/assets/..;/..;/etc/passwd",
    "/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "/%00/etc/passwd",
    "/.%00./etc/passwd",
    "file:///etc/passwd",
    "//etc/passwd",
  ])("leads nowhere: %s", async (path) => {
    const { hub } = await open();
    const answer = await raw(hub, `GET ${path} HTTP/1.1\r\nhost: x\r\n${token}\r\nconnection: close\r\n\r\n`);
    expect([400, 403, 404]).toContain(statuses(answer)[0]);
    expect(answer).not.toContain("root:");
  });

  it("in the name of a thing stays the name of a thing", async () => {
    const { hub, asked } = await open();
    await hub.api("/api/policies/..%2f..%2fnodes%2fpi-1", { method: "DELETE" });
    expect(asked).toEqual(["remove ../../nodes/pi-1"]);
  });
});

describe("a host header that is none", () => {
  it.each([
    ["absent", ""],
    ["empty", "host:\r\n"],
    ["there twice", "host: a\r\nhost: b\r\n"],
    ["with a user", "host: admin@a\r\n"],
    ["with a path", "host: a/b\r\n"],
    ["with a blank", "host: a b\r\n"],
    ["with a backslash", "host: a\\b\r\n"],
    ["with a port that is no number", "host: a:b\r\n"],
    ["with markup", "host: <script>\r\n"],
  ])("is refused: %s", async (_what, line) => {
    const { hub } = await open();
    expect(statuses(await raw(hub, `GET /api/policies HTTP/1.1\r\n${line}${token}\r\nconnection: close\r\n\r\n`))).toEqual([400]);
  });

  it("is none of a name, an address or a port", async () => {
    const { hub } = await open();
    for (const host of ["fog.example", "127.0.0.1:3000", "[::1]:3000", "localhost"])
      expect(statuses(await raw(hub, `GET /api/policies HTTP/1.1\r\nhost: ${host}\r\n${token}\r\nconnection: close\r\n\r\n`))).toEqual([200]);
  });
});

describe("another site", () => {
  it("gets no permission of any kind: no answer says who may read it, and a preflight is refused", async () => {
    const { hub, asked } = await open();
    const origin = { origin: "https://evil.example" };
    const preflight = { ...origin, "access-control-request-method": "PUT", "access-control-request-headers": "authorization" };
    const answers = [
      await hub.api("/api/policies", { headers: origin }),
      await hub.api("/api/policies", { method: "OPTIONS", headers: preflight }),
      await fetch(`${hub.url}/api/policies`, { method: "OPTIONS", headers: preflight }),
      await fetch(`${hub.url}/login`, { method: "OPTIONS", headers: preflight }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 405, 405, 405]);
    for (const answer of answers) expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    expect(asked).toEqual(["list"]);
  });
});

describe("every answer", () => {
  it("carries the security headers, whatever it is", async () => {
    const { hub } = await open();
    const bytes: [string, string][] = [
      ["a read", `GET /api/policies HTTP/1.1\r\nhost: x\r\n${token}\r\nconnection: close\r\n\r\n`],
      ["nothing there", "GET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"],
      ["not signed in", "GET /api/policies HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"],
      ["a bad body", put(["content-length: 1", "connection: close"], "{")],
      ["a refused method", "TRACE / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"],
      ["not HTTP", "hello\r\n\r\n"],
      ["too long a head", `GET /${"x".repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`],
      ["a refused WebSocket", "GET /api/changes HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n"],
    ];
    for (const [what, request] of bytes) {
      const head = (await raw(hub, request)).split("\r\n\r\n")[0]?.toLowerCase() ?? "";
      for (const header of [
        "content-security-policy: default-src 'none'",
        "x-content-type-options: nosniff",
        "cache-control: ",
        "frame-ancestors 'none'",
      ])
        expect([what, head.includes(header) ? header : head]).toEqual([what, header]);
      expect(head).not.toMatch(/^(server|x-powered-by):/m);
    }
  });
});

describe("the handshake of a WebSocket", () => {
  it.each([
    ["has no key", "sec-websocket-version: 13"],
    ["has a key that is none", "sec-websocket-version: 13\r\nsec-websocket-key: short"],
    ["has another version", "sec-websocket-version: 99\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA=="],
  ])("is refused when it %s", async (_what, headers) => {
    const { hub } = await open();
    const answer = await raw(
      hub,
      `GET /api/changes HTTP/1.1\r\nhost: x\r\n${token}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n${headers}\r\n\r\n`,
    );
    expect(statuses(answer)).toEqual([400]);
    expect(answer).toContain('"code":"FL4018"');
  });
});

describe("TRACE and CONNECT", () => {
  it("are refused: nothing is sent back and nothing is tunnelled", async () => {
    const { hub } = await open();
    const trace = await raw(hub, `TRACE /api/policies HTTP/1.1\r\nhost: x\r\n${token}\r\nx-mine: echo-me\r\nconnection: close\r\n\r\n`);
    expect(statuses(trace)).toEqual([405]);
    expect(trace).not.toContain("echo-me");
    const tunnel = await raw(hub, "CONNECT 169.254.169.254:80 HTTP/1.1\r\nhost: 169.254.169.254:80\r\n\r\nGET / HTTP/1.1\r\n\r\n");
    expect(statuses(tunnel)).toEqual([405]);
  });
});

const idleCount = 10_000;
/** Descriptors that this process needs beside those of the sockets. */
const ownDescriptors = 1_000;
const limit = execFileSync("/bin/sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).trim();
const tooFew = limit !== "unlimited" && Number(limit) < idleCount + ownDescriptors;

describe(`${idleCount} idle connections${tooFew ? ` (skipped: ulimit -Hn is ${limit})` : ""}`, () => {
  it.skipIf(tooFew)("are held, and a request is answered all the same", { timeout: 60_000 }, async () => {
    const { hub } = await open({ requestTimeoutMs: 60_000 });
    const idle = await openIdleSockets(hub.gateway.httpPort, idleCount);
    try {
      expect(idle.opened).toBe(idleCount);
      expect((await hub.api("/api/policies")).status).toBe(200);
      expect(await idle.held()).toBe(idleCount);
    } finally {
      idle.close();
    }
  });
});
