import { type IncomingMessage, request } from "node:http";
import { Agent, request as secureRequest } from "node:https";
import { connect, type TLSSocket } from "node:tls";
import { selfSigned } from "@fogline/certificates";
import { fastify } from "fastify";
import { afterEach, describe, expect, it } from "vitest";
import { gatewayConfig, type PeopleCertificate, type PeopleTls } from "../index.ts";
import { hostToken, openHub } from "../testing/hub.ts";
import { mayConnect, refuseClearText, trustOf } from "./transport.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const dayMs = 86_400_000;
const certificate = (): Promise<PeopleCertificate> => selfSigned("127.0.0.1", Date.now() - dayMs, 2 * dayMs);

/** A certificate that a test can replace. */
const replaceable = (first: PeopleCertificate): PeopleTls & { replace(next: PeopleCertificate): void } => {
  let current = first;
  const users = new Set<(certificate: PeopleCertificate) => void>();
  return {
    current: () => current,
    onChange: (use) => {
      users.add(use);
      return () => void users.delete(use);
    },
    replace: (next) => {
      current = next;
      for (const use of users) use(next);
    },
  };
};

const secureHub = async (settings: Record<string, unknown> = {}) => {
  const tls = replaceable(await certificate());
  const hub = await openHub(settings, { tls });
  closing.push(() => hub.close());
  return { hub, tls, port: hub.gateway.httpPort };
};

const settings = (given: Record<string, unknown>) => gatewayConfig.parse(given);

const answered = (sent: ReturnType<typeof request>): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    sent.on("error", reject);
    sent.on("response", (response) => {
      response.resume();
      response.on("end", () => resolve(response));
    });
    sent.end();
  });

describe("the people's port without TLS", () => {
  it("listens on the loopback only", () => {
    for (const httpHost of ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
      expect(() => refuseClearText(settings({ httpHost }), undefined)).not.toThrow();
    for (const httpHost of ["0.0.0.0", "::", "192.168.1.4", "fog.example.org"]) {
      expect(() => refuseClearText(settings({ httpHost }), undefined)).toThrow(`the people's port would listen on ${httpHost} without TLS`);
    }
  });

  it("listens elsewhere where a proxy in front is named, or with a certificate", async () => {
    expect(() => refuseClearText(settings({ httpHost: "0.0.0.0", trustedProxies: "10.0.0.0/8" }), undefined)).not.toThrow();
    expect(() => refuseClearText(settings({ httpHost: "0.0.0.0" }), replaceable({ chain: "", key: "" }))).not.toThrow();
  });

  it("is refused before anything is opened", async () => {
    await expect(openHub({ httpHost: "0.0.0.0" })).rejects.toMatchObject({ code: "FL4015" });
  });
});

describe("the list of trusted proxies", () => {
  const seenBy = async (trustedProxies: string, headers: Record<string, string>) => {
    const server = fastify(trustOf(settings({ trustedProxies })));
    server.get("/", async ({ ip, protocol }) => ({ ip, protocol }));
    const response = await server.inject({ url: "/", headers, remoteAddress: "10.1.0.9" });
    await server.close();
    return response.json() as unknown;
  };
  const forwarded = { "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https" };

  it("is empty by default: nobody can pretend to be somebody else", async () => {
    expect(await seenBy("", forwarded)).toEqual({ ip: "10.1.0.9", protocol: "http" });
  });

  it("lets a proxy on it say whom it speaks for and how they came, and no other", async () => {
    expect(await seenBy("10.1.0.0/16, ::1", forwarded)).toEqual({ ip: "203.0.113.7", protocol: "https" });
    expect(await seenBy("10.2.0.0/16", forwarded)).toEqual({ ip: "10.1.0.9", protocol: "http" });
  });

  it("believes of a chain only what its own proxies wrote: what a client put in front changes nothing", async () => {
    const chain = { "x-forwarded-for": "127.0.0.1, 198.51.100.1, 203.0.113.7, 10.1.0.8", "x-forwarded-proto": "https" };
    expect(await seenBy("10.1.0.0/16", chain)).toEqual({ ip: "203.0.113.7", protocol: "https" });
  });

  it("is refused when an entry is no address", () => {
    for (const trustedProxies of ["proxy.example.org", "10.0.0.0/99", "10.0.0.0/8;::1", "*"]) {
      expect(gatewayConfig.safeParse({ trustedProxies }).success).toBe(false);
    }
  });

  it("keeps one address's budget of requests one, whatever it claims", async () => {
    const hub = await openHub({ addressRatePerSecond: 1, rateBurstSeconds: 1, trustedProxies: "10.1.0.0/16" });
    closing.push(() => hub.close());
    const claims = ["203.0.113.1", "203.0.113.2", "203.0.113.3"];
    const statuses = await Promise.all(claims.map(async (claim) => (await hub.api("/api/nodes", { headers: { "x-forwarded-for": claim } })).status));
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(2);
  });
});

describe("who may connect", () => {
  const admitted = (given: Record<string, unknown>, remoteAddress: string, tls?: PeopleTls) =>
    mayConnect(settings(given), tls)({ remoteAddress, localAddress: "192.168.1.4" });
  const proxied = { httpHost: "0.0.0.0", trustedProxies: "10.0.0.0/8, 192.0.2.7, fd00::/8" };

  it("is the proxies, and this machine, where TLS is done in front", () => {
    for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "192.0.2.7", "fd00::1", "127.0.0.1", "::1", "192.168.1.4"]) {
      expect([address, admitted(proxied, address)]).toEqual([address, true]);
    }
  });

  it("is nobody else there: they would speak in the clear", () => {
    for (const address of ["192.0.2.8", "::ffff:192.0.2.8", "2001:db8::1", ""])
      expect([address, admitted(proxied, address)]).toEqual([address, false]);
  });

  it("is everybody with TLS, and on the loopback", () => {
    expect(admitted({ httpHost: "0.0.0.0" }, "192.0.2.8", replaceable({ chain: "", key: "" }))).toBe(true);
    expect(admitted({}, "127.0.0.1")).toBe(true);
  });
});

describe("the people's port with a certificate", () => {
  const get = (port: number, tls: PeopleTls, agent?: Agent) =>
    answered(
      secureRequest({
        ...{ host: "127.0.0.1", port, path: "/api/nodes", ca: tls.current().chain, headers: { authorization: `Bearer ${hostToken}` } },
        ...(agent === undefined ? {} : { agent }),
      }),
    );
  const shown = (port: number, tls: PeopleTls, version?: "TLSv1.2" | "TLSv1.3") =>
    new Promise<{ protocol: string | null; fingerprint: string }>((resolve, reject) => {
      const options = version === undefined ? {} : { minVersion: version, maxVersion: version };
      const socket: TLSSocket = connect({ host: "127.0.0.1", port, ca: tls.current().chain, ...options }, () => {
        resolve({ protocol: socket.getProtocol(), fingerprint: socket.getPeerCertificate().fingerprint256 });
        socket.destroy();
      });
      socket.on("error", reject);
    });

  it("answers over TLS and tells browsers to come by nothing else", async () => {
    const { port, tls } = await secureHub();
    const response = await get(port, tls);
    expect([response.statusCode, response.headers["strict-transport-security"]]).toEqual([200, "max-age=31536000"]);
    await expect(answered(request({ host: "127.0.0.1", port, path: "/" }))).rejects.toThrow();
  });

  it("says nothing of the kind in plain HTTP, unless people come by https through a proxy", async () => {
    for (const [publicUrl, said] of [
      ["http://fog.example.org", undefined],
      ["https://fog.example.org", "max-age=31536000"],
    ]) {
      const hub = await openHub({ publicUrl });
      closing.push(() => hub.close());
      expect((await hub.api("/api/nodes")).headers.get("strict-transport-security") ?? undefined).toBe(said);
    }
  });

  it("prefers TLS 1.3, takes 1.2, and takes only 1.3 when told so", async () => {
    const either = await secureHub();
    expect((await shown(either.port, either.tls)).protocol).toBe("TLSv1.3");
    expect((await shown(either.port, either.tls, "TLSv1.2")).protocol).toBe("TLSv1.2");
    const strict = await secureHub({ tlsVersionMin: "1.3" });
    expect((await shown(strict.port, strict.tls)).protocol).toBe("TLSv1.3");
    await expect(shown(strict.port, strict.tls, "TLSv1.2")).rejects.toMatchObject({ code: "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION" });
  });

  it("shows a new certificate to new connections while the open ones go on", async () => {
    const { port, tls } = await secureHub();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const first = await get(port, tls, agent);
    const before = await shown(port, tls);
    const old = tls.current();
    tls.replace(await certificate());
    expect((await shown(port, tls)).fingerprint).not.toBe(before.fingerprint);
    const second = secureRequest({
      host: "127.0.0.1",
      port,
      path: "/api/nodes",
      ca: old.chain,
      agent,
      headers: { authorization: `Bearer ${hostToken}` },
    });
    expect([first.statusCode, (await answered(second)).statusCode, second.reusedSocket]).toEqual([200, 200, true]);
    agent.destroy();
  });

  it("takes only what it was told to take also after a change of certificate", async () => {
    const { port, tls } = await secureHub({ tlsVersionMin: "1.3" });
    tls.replace(await certificate());
    await expect(shown(port, tls, "TLSv1.2")).rejects.toMatchObject({ code: "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION" });
  });
});
