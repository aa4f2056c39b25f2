import { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { listCertificates, nodeChanged, revokeCertificates } from "@fogline/contracts";
import { createClient } from "@fogline/rpc";
import { openSqlite } from "@fogline/sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { GatewaySchema } from "./index.ts";
import { hello } from "./testing/agent.ts";
import { forgedIdentity, strangerAuthority } from "./testing/certificates.ts";
import { askRenewal, enrol, postAgents, renew, type TestIdentity } from "./testing/device.ts";
import { type Hub, type HubOptions, openHub } from "./testing/hub.ts";
import { settableClock } from "./testing/time.ts";

const closing: (() => Promise<unknown>)[] = [];
const open = async (settings: Record<string, unknown> = {}, options: HubOptions = {}) => {
  const hub = await openHub(settings, options);
  closing.push(() => hub.close());
  return hub;
};
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const dayMs = 86_400_000;

/** How a hub answers who wants to connect as a node and shows something: 101, or a status and its code. */
const connectAs = (hub: Hub, node: string, shown: Partial<TestIdentity> & { maxVersion?: "TLSv1.2"; minVersion?: "TLSv1.2" }) =>
  new Promise<{ status: number; code?: string }>((resolve, reject) => {
    const socket = new WebSocket(`wss://127.0.0.1:${hub.gateway.agentPort}/agent?node=${node}`, {
      rejectUnauthorized: shown.ca !== undefined,
      ...shown,
    });
    socket.on("open", () => {
      socket.terminate();
      resolve({ status: 101 });
    });
    socket.on("unexpected-response", (_request, response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, code: (JSON.parse(text) as { code: string }).code }));
    });
    socket.on("error", reject);
  });

/** An agent that the hub has welcomed. */
const join = async (hub: Hub, node: string, as?: TestIdentity) => {
  const agent = await hub.agent(node, as ?? node);
  agent.send(hello(node));
  await agent.frame("welcome");
  return agent;
};

describe("a certificate at the agents' port", () => {
  it("opens the connection of its node and of no other", async () => {
    const hub = await open();
    const identity = await hub.identity("pi-1");
    expect(await connectAs(hub, "pi-1", identity)).toEqual({ status: 101 });
    expect(await connectAs(hub, "pi-2", identity)).toEqual({ status: 403, code: "FL4002" });
  });

  it("is needed, over TLS 1.3 and nothing older", async () => {
    const hub = await open();
    const identity = await hub.identity("pi-1");
    expect(await connectAs(hub, "pi-1", {})).toEqual({ status: 401, code: "FL4002" });
    await expect(connectAs(hub, "pi-1", { ...identity, minVersion: "TLSv1.2", maxVersion: "TLSv1.2" })).rejects.toThrow(/protocol version/);
  });

  it("opens nothing when another CA signed it, or nobody did, whatever stands in it", async () => {
    const hub = await open();
    const own = new X509Certificate((await hub.identity("pi-1")).cert);
    const stranger = await strangerAuthority("Somebody's fleet");
    const namesake = await strangerAuthority("Fogline fleet fogline");
    for (const issuer of [stranger, namesake]) {
      const forged = await forgedIdentity(issuer, "pi-1", { serial: own.serialNumber.toLowerCase() });
      expect(await connectAs(hub, "pi-1", forged)).toEqual({ status: 403, code: "FL4031" });
      expect(await postAgents(hub.gateway.agentPort, "/token", {}, forged)).toMatchObject({ status: 403, code: "FL4031" });
    }
    const selfSigned = await strangerAuthority("pi-1");
    const key = selfSigned.key.export({ type: "pkcs8", format: "pem" }).toString();
    expect(await connectAs(hub, "pi-1", { key, cert: selfSigned.certificate.toString() })).toEqual({ status: 403, code: "FL4031" });
  });

  it("opens nothing after its end, nor before its beginning", async () => {
    const clock = settableClock();
    const hub = await open({}, { clock });
    const identity = await hub.identity("pi-1");
    clock.skip(30 * dayMs + 1_000);
    expect(await connectAs(hub, "pi-1", identity)).toEqual({ status: 401, code: "FL4032" });
    clock.skip(-31 * dayMs);
    expect(await connectAs(hub, "pi-1", identity)).toEqual({ status: 401, code: "FL4032" });
  });

  it("that the gateway did not issue opens nothing, although the CA signed it", async () => {
    const stranger = await strangerAuthority("The fleet's own");
    const authority = { certificatesPem: stranger.certificate.toString(), keyPem: stranger.key.export({ type: "pkcs8", format: "pem" }).toString() };
    const hub = await open({}, { authority });
    expect(await connectAs(hub, "pi-1", await forgedIdentity(stranger, "pi-1"))).toEqual({ status: 403, code: "FL4031" });
    expect(await connectAs(hub, "pi-1", await hub.identity("pi-1"))).toEqual({ status: 101 });
  });
});

describe("a renewal", () => {
  it("gives a new key a certificate, and leaves the old one valid until its end", async () => {
    const clock = settableClock();
    const hub = await open({}, { clock });
    const before = await hub.identity("pi-1");
    clock.skip(20 * dayMs);
    const after = await renew(hub.gateway.agentPort, before);
    expect(await connectAs(hub, "pi-1", before)).toEqual({ status: 101 });
    expect(await connectAs(hub, "pi-1", after)).toEqual({ status: 101 });
    clock.skip(11 * dayMs);
    expect(await connectAs(hub, "pi-1", before)).toEqual({ status: 401, code: "FL4032" });
    expect(await connectAs(hub, "pi-1", after)).toEqual({ status: 101 });
  });

  it("is possible after the end of the certificate for as long as the grace is, and not for a moment longer", async () => {
    const clock = settableClock();
    const hub = await open({ renewalGraceMs: 10 * dayMs }, { clock });
    const [early, late] = [await hub.identity("pi-1"), await hub.identity("pi-2")];
    clock.skip(39 * dayMs);
    expect(await connectAs(hub, "pi-1", early)).toEqual({ status: 401, code: "FL4032" });
    expect(await connectAs(hub, "pi-1", await renew(hub.gateway.agentPort, early))).toEqual({ status: 101 });
    clock.skip(dayMs);
    expect(await askRenewal(hub.gateway.agentPort, late)).toMatchObject({ status: 401, code: "FL4032" });
  });

  it("is refused to a certificate that was revoked, and to who holds another key than it says", async () => {
    const hub = await open();
    const [identity, other] = [await hub.identity("pi-1"), await hub.identity("pi-2")];
    const body = { publicKeyPem: "-----BEGIN PUBLIC KEY-----", signature: "x" };
    expect(await postAgents(hub.gateway.agentPort, "/renew", body, identity)).toMatchObject({ status: 400, code: "FL4018" });
    expect(await postAgents(hub.gateway.agentPort, "/renew", body)).toMatchObject({ status: 401, code: "FL4002" });
    await hub.client.call(revokeCertificates, { id: "pi-1" });
    expect(await askRenewal(hub.gateway.agentPort, identity)).toMatchObject({ status: 403, code: "FL4031" });
    expect((await askRenewal(hub.gateway.agentPort, other)).status).toBe(200);
  });

  it("is not given to one device without end", async () => {
    const hub = await open();
    const identity = await hub.identity("pi-1");
    const statuses: number[] = [];
    for (let count = 0; count < 10; count += 1) statuses.push((await askRenewal(hub.gateway.agentPort, identity)).status);
    expect(statuses).toEqual([...Array(9).fill(200), 429]);
  });
});

describe("a revocation", () => {
  it("ends the connections of the device at once, and none of others", async () => {
    const hub = await open();
    const [gone, stays] = [await join(hub, "pi-1"), await join(hub, "pi-2")];
    expect(await hub.client.call(revokeCertificates, { id: "pi-1" })).toEqual({ ok: true, value: { revoked: 1 } });
    expect((await gone.frame("refused")).code).toBe("FL4031");
    expect((await gone.closed).code).toBe(1008);
    expect(await connectAs(hub, "pi-1", await hub.identity("pi-1"))).toEqual({ status: 403, code: "FL4031" });
    expect(await hub.client.call(revokeCertificates, { id: "pi-1" })).toEqual({ ok: true, value: { revoked: 0 } });
    expect(stays.socket.readyState).toBe(WebSocket.OPEN);
  });

  it("reaches a gateway that hears of nothing, through the database that both have, and within seconds", async () => {
    const database = openSqlite<GatewaySchema>(":memory:");
    closing.push(() => database.close());
    // Each has a bus of its own: no event of the one ever reaches the other.
    const unknown = new Set<string>();
    const first = await open({}, { database, unknown });
    const second = await open({}, { database, secrets: first.secrets });
    const identities = await Promise.all(["pi-1", "pi-2", "pi-3"].map((node) => first.identity(node)));
    const [revoked, removed, stays] = await Promise.all(identities.map((identity, index) => join(second, `pi-${index + 1}`, identity)));
    await first.client.call(revokeCertificates, { id: "pi-1" });
    expect((await revoked?.frame("refused"))?.code).toBe("FL4031");
    unknown.add("pi-2");
    await first.client.publish(nodeChanged, { id: "pi-2", node: null });
    expect((await removed?.frame("refused"))?.code).toBe("FL4031");
    expect(stays?.socket.readyState).toBe(WebSocket.OPEN);
  });

  it("that follows from a node's removal spares what its device got after it was declared anew", async () => {
    const hub = await open();
    const before = await hub.identity("pi-1");
    const removedAtMs = hub.clock.now();
    while (hub.clock.now() === removedAtMs) await hub.clock.sleep(1);
    const after = await enrol(hub.gateway.agentPort, await hub.token("pi-1"));
    // The news of the removal is late.
    const late = createClient(hub.bus, { clock: { ...hub.clock, now: () => removedAtMs }, random: hub.random, source: "test" });
    await late.publish(nodeChanged, { id: "pi-1", node: null });
    for (let refused = false; !refused; ) refused = (await connectAs(hub, "pi-1", before)).status === 403;
    expect(await connectAs(hub, "pi-1", after)).toEqual({ status: 101 });
  });
});

describe("a connection", () => {
  it("ends with the certificate that opened it, and another one with a later certificate goes on", async () => {
    const clock = settableClock();
    const hub = await open({}, { clock });
    const agent = await join(hub, "pi-1");
    const other = await hub.identity("pi-2");
    clock.skip(20 * dayMs);
    const renewed = await join(hub, "pi-2", await renew(hub.gateway.agentPort, other));
    clock.skip(11 * dayMs);
    expect((await agent.frame("refused")).code).toBe("FL4032");
    expect((await agent.closed).code).toBe(1008);
    expect(renewed.socket.readyState).toBe(WebSocket.OPEN);
  });
});

describe("the certificate of the agents' port", () => {
  const served = (hub: Hub) =>
    new Promise<X509Certificate>((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: hub.gateway.agentPort, rejectUnauthorized: false });
      socket.once("error", reject);
      socket.once("secureConnect", () => {
        const certificate = socket.getPeerX509Certificate();
        socket.destroy();
        if (certificate === undefined) reject(new Error("it shows none"));
        else resolve(certificate);
      });
    });

  it("names every address that agents use, and is of the fleet's CA", async () => {
    const hub = await open({ agentNames: "hub.example,10.0.0.7" });
    const { subjectAltName, keyUsage } = await served(hub);
    expect(subjectAltName?.split(", ")).toEqual([
      ...["DNS:hub.example", "IP Address:10.0.0.7", "IP Address:127.0.0.1", "DNS:localhost"],
      "IP Address:0:0:0:0:0:0:0:1",
    ]);
    expect(keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  });

  it("is followed by another before it ends, without a restart, and TLS 1.2 stays refused", async () => {
    const hub = await open({ certificateLifetimeMs: 1_000 });
    const first = await served(hub);
    let now = first;
    while (now.serialNumber === first.serialNumber) now = await served(hub);
    expect(now.validToDate.getTime()).toBeGreaterThanOrEqual(first.validToDate.getTime());
    await expect(connectAs(hub, "pi-1", { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" })).rejects.toThrow(/protocol version/);
  });
});

describe("a restart of the gateway", () => {
  it("keeps the CA and every certificate, and refuses another root key", async () => {
    const database = openSqlite<GatewaySchema>(":memory:");
    closing.push(() => database.close());
    const first = await openHub({}, { database });
    const identity = await first.identity("pi-1");
    await first.close();
    const second = await open({}, { database, secrets: first.secrets });
    expect(await connectAs(second, "pi-1", identity)).toEqual({ status: 101 });
    expect(await second.client.call(listCertificates, { id: "pi-1" })).toMatchObject({ value: { certificates: [{ node: "pi-1" }] } });
    const secrets = { ...first.secrets, rootKey: new Uint8Array(32) };
    await expect(openHub({}, { database, secrets })).rejects.toMatchObject({ code: "FL4015" });
  });
});
