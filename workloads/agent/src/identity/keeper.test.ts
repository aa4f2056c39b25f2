import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom, virtualClock } from "@fogline/fakes";
import { afterEach, describe, expect, it, vi } from "vitest";
import { serverOf, testAuthority } from "../testing/authority.ts";
import { type IdentityServer, openIdentityServer } from "../testing/identity-server.ts";
import { type IdentityOptions, openIdentity } from "./keeper.ts";
import { fileIdentityStore, memoryIdentityStore } from "./store.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const quiet = { info: () => undefined, warn: () => undefined };

const openHub = async (...given: Parameters<typeof openIdentityServer>): Promise<IdentityServer> => {
  const hub = await openIdentityServer(...given);
  closers.push(() => hub.close());
  return hub;
};

/** A device that begins with nothing but what is given, on a clock that stands still until it is moved. */
const openDevice = (options: Partial<IdentityOptions>) => {
  const store = options.store ?? memoryIdentityStore();
  const clock = virtualClock(Date.now());
  const identity = openIdentity({ store, clock, random: seededRandom(5), log: quiet, ...options });
  closers.push(() => identity.close());
  return { store, clock, identity };
};
const paths = (hub: IdentityServer) => hub.asked.map(({ path }) => path);
const serialOf = (pem: string) => new X509Certificate(pem).serialNumber;

describe("a device with a token", () => {
  it("enrols when it is asked what it shows, once for all who ask at the same time", async () => {
    const hub = await openHub();
    const { identity, store } = openDevice({ token: hub.token("pi-1") });
    const shown = await Promise.all([identity.current(), identity.current(), identity.current()]);
    expect([identity.nodeId, identity.hubUrl]).toEqual(["pi-1", `wss://127.0.0.1:${hub.port}/agent`]);
    expect(new X509Certificate(shown[0].cert).subject).toBe("CN=pi-1");
    expect(shown[0].ca).toBe(hub.authority.caPem);
    expect(shown.every((one) => one === shown[0] || one.cert === shown[0].cert)).toBe(true);
    expect(hub.asked).toEqual([{ path: "/enrol", by: undefined }]);
    expect(store.read()).toMatchObject({ enrolling: null, enrolled: { nodeId: "pi-1" } });
  });

  it("needs it only once: with its identity it starts again, whether or not the token is still given", async () => {
    const hub = await openHub();
    const token = hub.token("pi-1");
    const { identity, store } = openDevice({ token });
    const { cert } = await identity.current();
    for (const again of [openDevice({ store }), openDevice({ store, token })]) expect((await again.identity.current()).cert).toBe(cert);
    expect(paths(hub)).toEqual(["/enrol"]);
  });

  it("asks again with the same key when the answer was lost, also after a restart", async () => {
    const hub = await openHub();
    hub.answers.set("/enrol", "lost");
    const token = hub.token("pi-1");
    const { identity, store } = openDevice({ token });
    await expect(identity.current()).rejects.toThrow(/socket hang up|ECONNRESET/);
    const key = store.read().enrolling?.keyPem;
    hub.answers.clear();
    expect((await openDevice({ store, token }).identity.current()).key).toBe(key);
    expect(paths(hub)).toEqual(["/enrol", "/enrol"]);
  });

  it("does not try a token again that was refused", async () => {
    const hub = await openHub();
    hub.answers.set("/enrol", { status: 401, code: "FL4033" });
    const { identity } = openDevice({ token: hub.token("pi-1") });
    await expect(identity.current()).rejects.toThrow("enrolling failed: as the test says (FL4033)");
    await expect(identity.current()).rejects.toThrow("its token was used or refused: it needs a new one");
    expect(paths(hub)).toEqual(["/enrol"]);
  });

  it("takes another place when the token is of another node", async () => {
    const hub = await openHub();
    const { identity, store } = openDevice({ token: hub.token("pi-1") });
    await identity.current();
    const moved = openDevice({ store, token: hub.token("pi-2") }).identity;
    expect(moved.nodeId).toBe("pi-2");
    expect(new X509Certificate((await moved.current()).cert).subject).toBe("CN=pi-2");
  });

  it("says what is wrong with a token, and never what is in it", () => {
    for (const token of ["", "secret", "fle_", "fle_c2VjcmV0", `fle_${"x".repeat(3_000)}`]) {
      expect(() => openDevice({ token })).toThrow(expect.objectContaining({ code: "FL4015", message: expect.not.stringContaining("c2VjcmV0") }));
    }
  });
});

describe("somebody in between", () => {
  /** Passes each connection on to the next of the ports. */
  const between = async (...ports: number[]): Promise<number> => {
    const sockets = new Set<Socket>();
    const proxy = createServer((inward) => {
      const outward = connect(ports.length > 1 ? (ports.shift() ?? 0) : (ports[0] ?? 0), "127.0.0.1");
      for (const socket of [inward, outward]) {
        sockets.add(socket);
        socket.on("error", () => undefined);
      }
      inward.pipe(outward).pipe(inward);
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    closers.push(() => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    });
    const address = proxy.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  };

  it("with a CA of its own is told nothing", async () => {
    const [hub, stranger] = [await openHub(), await openHub()];
    const { identity } = openDevice({ token: stranger.token("pi-1", { fingerprint: hub.authority.fingerprint }) });
    await expect(identity.current()).rejects.toThrow(`does not show the CA of the token (${hub.authority.fingerprint})`);
    expect(stranger.asked).toEqual([]);
  });

  it("who shows the right CA beside a certificate that it did not sign is told nothing", async () => {
    const right = await testAuthority("The fleet");
    const { key, cert } = await serverOf(await testAuthority("The fleet"));
    const leaf = cert.slice(0, cert.indexOf("-----END") + 26);
    const stranger = await openHub(right, { key, cert: leaf + right.caPem });
    const { identity } = openDevice({ token: stranger.token("pi-1") });
    await expect(identity.current()).rejects.toThrow("does not show the CA of the token");
    expect(stranger.asked).toEqual([]);
  });

  it("who lets the first look through to the hub and answers the second himself is told nothing", async () => {
    const [hub, stranger] = [await openHub(), await openHub()];
    const port = await between(hub.port, stranger.port);
    const { identity } = openDevice({ token: hub.token("pi-1", { hubUrl: `wss://127.0.0.1:${port}/agent` }) });
    await expect(identity.current()).rejects.toThrow(/self-signed certificate|unable to (verify|get)|certificate signature failure/);
    expect([hub.asked, stranger.asked]).toEqual([[], []]);
  });

  it("who has a certificate of the right CA for another host is told nothing", async () => {
    const authority = await testAuthority();
    const other = await openHub(authority, await serverOf(authority, ["printer.example"]));
    const { identity } = openDevice({ token: other.token("pi-1") });
    await expect(identity.current()).rejects.toThrow("Hostname/IP does not match certificate's altnames");
    expect(other.asked).toEqual([]);
  });
});

describe("a device with a certificate", () => {
  const enrolled = async (lifeMs = 30 * dayMs, options: Partial<IdentityOptions> = {}) => {
    const hub = await openHub();
    hub.notAfterMs = Date.now() + lifeMs;
    const device = openDevice({ token: hub.token("pi-1"), ...options });
    const { cert } = await device.identity.current();
    hub.notAfterMs = Date.now() + 10 * lifeMs;
    return { ...device, hub, cert };
  };

  it("renews it after two thirds of its life with a new key, under the old one, and not before", async () => {
    const { hub, clock, identity, cert } = await enrolled();
    const { key } = await identity.current();
    await clock.advance(19.9 * dayMs);
    expect(paths(hub)).toEqual(["/enrol"]);
    await clock.advance(1.7 * dayMs);
    await vi.waitFor(async () => expect((await identity.current()).cert).not.toBe(cert));
    expect(hub.asked.at(-1)).toEqual({ path: "/renew", by: "pi-1" });
    expect((await identity.current()).key).not.toBe(key);
  });

  it("tries again ever more rarely while the hub is away, and has it when the hub is back", async () => {
    const { hub, clock, identity, cert } = await enrolled();
    hub.answers.set("/renew", { status: 503, code: "FL4009" });
    const triedAtMs: number[] = [];
    hub.server.on("request", () => void triedAtMs.push(clock.now()));
    for (let minutes = 0; minutes < 22 * 24 * 60; minutes += 5) await clock.advance(5 * 60_000);
    const gapsMs = triedAtMs.slice(1).map((atMs, index) => atMs - (triedAtMs[index] ?? 0));
    expect(triedAtMs.length).toBeGreaterThan(10);
    expect(triedAtMs.length).toBeLessThan(120);
    expect(gapsMs[0]).toBeLessThan(Math.min(...gapsMs.slice(-5)));
    expect(Math.min(...gapsMs.slice(-5))).toBeGreaterThanOrEqual(hourMs / 2);
    hub.answers.clear();
    await clock.advance(2 * hourMs);
    await vi.waitFor(async () => expect((await identity.current()).cert).not.toBe(cert));
  });

  it("renews one that ended while it was off before it shows anything, and keeps trying that", async () => {
    const { hub, store, cert } = await enrolled(hourMs);
    const clock = virtualClock(Date.now() + 2 * hourMs);
    const { identity } = openDevice({ store, clock });
    hub.answers.set("/renew", { status: 503, code: "FL4009" });
    await expect(identity.current()).rejects.toThrow("renewing the certificate failed: as the test says (FL4009)");
    hub.answers.clear();
    const renewed = await identity.current();
    expect(serialOf(renewed.cert)).not.toBe(serialOf(cert));
    expect(hub.asked.at(-1)).toEqual({ path: "/renew", by: "pi-1" });
  });

  it("renews one that the hub says has ended, whatever its own clock says", async () => {
    const { identity, cert } = await enrolled();
    identity.refused("FL4032");
    expect((await identity.current()).cert).not.toBe(cert);
  });

  it("that is revoked goes on showing it without a new token, and enrols anew with one", async () => {
    const { hub, store, identity, cert } = await enrolled();
    identity.refused("FL4031");
    expect((await identity.current()).cert).toBe(cert);
    const again = openDevice({ store, token: hub.token("pi-1") }).identity;
    expect((await again.current()).cert).toBe(cert);
    again.refused("FL4031");
    expect((await again.current()).cert).not.toBe(cert);
    expect(paths(hub)).toEqual(["/enrol", "/enrol"]);
  });

  it("that may not be renewed any more says so, and enrols anew when it is given a token", async () => {
    const { hub, store, cert } = await enrolled(hourMs);
    const clock = virtualClock(Date.now() + 100 * dayMs);
    hub.notAfterMs = Date.now() + 200 * dayMs;
    hub.answers.set("/renew", { status: 401, code: "FL4032" });
    await expect(openDevice({ store, clock }).identity.current()).rejects.toThrow("renewing the certificate failed: as the test says (FL4032)");
    const { identity } = openDevice({ store, clock, token: hub.token("pi-1") });
    expect((await identity.current()).cert).not.toBe(cert);
    expect(paths(hub)).toEqual(["/enrol", "/renew", "/renew", "/enrol"]);
  });
});

describe("the file of an identity", () => {
  it("is for its user only, and is refused when something else is in it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fogline-identity-"));
    closers.push(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "identity.json");
    const hub = await openHub();
    const { cert } = await openDevice({ store: fileIdentityStore(path), token: hub.token("pi-1") }).identity.current();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await openDevice({ store: fileIdentityStore(path) }).identity.current()).cert).toBe(cert);
    writeFileSync(path, "{}");
    expect(() => openDevice({ store: fileIdentityStore(path) })).toThrow(expect.objectContaining({ code: "FL4015" }));
  });
});
