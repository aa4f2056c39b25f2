import { mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { selfSigned } from "@fogline/certificates";
import { hasPebble, type Pebble, pebbleNote, startPebble } from "@fogline/certificates/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "./testing/agent.ts";
import { fogline } from "./testing/cli.ts";
import { eventually } from "./testing/eventually.ts";
import { type HubProcess, makeDataFolder, removeDataFolder, startHubProcess } from "./testing/hub.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

const hostname = "fog.example.org";
const dayMs = 86_400_000;
let repository: Repository;
let folder: string;
const closing: (() => unknown)[] = [];
beforeAll(() => {
  repository = makeRepository();
  folder = mkdtempSync(join(tmpdir(), "fogline-tls-"));
});
afterAll(() => {
  repository.remove();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await Promise.resolve(close());
});

const start = async (args: readonly string[], dataFolder?: string): Promise<HubProcess> => {
  const hub = await startHubProcess({
    repository: repository.path,
    args: ["--no-simulate", "--no-agent", ...args],
    ...(dataFolder === undefined ? {} : { dataFolder }),
  });
  closing.push(async () => {
    if (hub.child.exitCode === null) await hub.end();
    if (dataFolder === undefined) removeDataFolder(hub.dataFolder);
  });
  return hub;
};

/** Who issued the certificate that a port shows, and which one it is. */
const shownAt = (port: number): Promise<{ issuer: string; fingerprint: string }> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, servername: hostname, rejectUnauthorized: false }, () => {
      const { issuer, fingerprint256: fingerprint } = socket.getPeerCertificate();
      socket.destroy();
      resolve({ issuer: String(issuer.CN), fingerprint });
    });
    socket.on("error", reject);
  });

describe("a hub with a certificate in files", () => {
  it("serves people by TLS on its public name, sends readers of its plain port there, and takes a new certificate while it runs", async () => {
    const [certificatePath, keyPath] = [join(folder, "fog.pem"), join(folder, "fog.key")];
    const write = async () => {
      const { chain, key } = await selfSigned(hostname, Date.now() - dayMs, 2 * dayMs);
      for (const [path, text] of [
        [certificatePath, chain],
        [keyPath, key],
      ] as const) {
        writeFileSync(`${path}.new`, text);
        renameSync(`${path}.new`, path);
      }
    };
    await write();
    const [port, plainPort] = [await freePort(), await freePort()];
    const args = ["--public-url", `https://${hostname}`, "--port", String(port), "--http-port", String(plainPort)];
    const hub = await start([...args, "--tls-certificate", certificatePath, "--tls-key", keyPath]);
    expect(hub.url).toBe(`https://${hostname}`);
    const before = await shownAt(port);
    expect(before.issuer).toBe(hostname);
    const redirect = await fetch(`http://127.0.0.1:${plainPort}/tasks`, { redirect: "manual" });
    expect([redirect.status, redirect.headers.get("location")]).toEqual([308, `https://${hostname}/tasks`]);
    await write();
    await eventually("the new certificate is shown", async () => (await shownAt(port)).fingerprint !== before.fingerprint);
  });

  it("does not start with a key that belongs to another certificate, or on a network without TLS", async () => {
    const [one, other] = [await selfSigned(hostname, Date.now(), dayMs), await selfSigned(hostname, Date.now(), dayMs)];
    writeFileSync(join(folder, "one.pem"), one.chain);
    writeFileSync(join(folder, "other.key"), other.key);
    const dataFolder = makeDataFolder();
    closing.push(() => removeDataFolder(dataFolder));
    const up = (...args: string[]) => fogline(["up", "--repo", repository.path, "--data", dataFolder, "--port", "0", ...args]);
    const mismatch = up("--tls-certificate", join(folder, "one.pem"), "--tls-key", join(folder, "other.key"));
    expect([mismatch.status, mismatch.stderr]).toEqual([3, expect.stringMatching(/^FL4061 {2}the key in .*other\.key does not belong to/)]);
    const open = up("--bind", "0.0.0.0");
    expect([open.status, open.stderr]).toEqual([3, expect.stringMatching(/^FL4015 {2}the people's port would listen on 0\.0\.0\.0 without TLS/)]);
  });
});

describe.skipIf(!hasPebble)(`a hub with a certificate by ACME${pebbleNote}`, () => {
  let pebble: Pebble;
  beforeAll(async () => {
    pebble = await startPebble();
  });
  afterAll(() => pebble.close());

  it("gets it by itself, keeps it for this user only, and shows the same one after a restart", async () => {
    const dataFolder = makeDataFolder();
    closing.push(() => removeDataFolder(dataFolder));
    const port = await freePort();
    const args = ["--public-url", `https://${hostname}`, "--port", String(port), "--http-port", String(pebble.httpPort)];
    const acme = ["--acme", pebble.directoryUrl, "--acme-ca", pebble.caPath, "--acme-email", "ops@example.org"];
    const hub = await start([...args, ...acme], dataFolder);
    const shown = await eventually("a certificate of Pebble is shown", async () => {
      const certificate = await shownAt(port);
      return certificate.issuer.startsWith("Pebble") && certificate;
    });
    const kept = readdirSync(join(dataFolder, "tls"));
    expect(
      kept.map((name) => [name.replace(/^acme-.*?\./, "").replace(/^[\d.-]+/, ""), statSync(join(dataFolder, "tls", name)).mode & 0o777]),
    ).toEqual([
      [expect.stringMatching(/account\.key$/), 0o600],
      [expect.stringMatching(/certificate\.key$/), 0o600],
    ]);
    await hub.end();
    await start([...args, ...acme], dataFolder);
    expect(await shownAt(port)).toEqual(shown);
  });
});
