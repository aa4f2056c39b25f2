import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock, systemRandom } from "@fogline/system";
import { nkeys } from "@nats-io/transport-node";
import { afterAll, describe, expect, it } from "vitest";
import { type NatsSettings, openNats } from "./index.ts";
import { hasNats, natsNote, startPrivateNats } from "./private-server.ts";

const folder = mkdtempSync(join(tmpdir(), "fogline-nats-login-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = (settings: NatsSettings) => openNats(settings, { clock: systemClock, random: systemRandom });

/** Opens, uses and closes a bus at a server with this configuration; the settings are made from its port. */
const comesIn = async (configuration: string, settings: (port: number) => NatsSettings): Promise<void> => {
  const server = await startPrivateNats(configuration);
  try {
    const bus = await open(settings(server.port));
    await bus.respond("op.a", async ({ payload }) => ({ payload }));
    const payload = new Uint8Array([7]);
    expect((await bus.request("op.a", payload, { timeoutMs: 5_000 })).payload).toEqual(payload);
    await bus.close();
  } finally {
    await server.stop();
  }
};

describe.skipIf(!hasNats)(`a login at a NATS server${natsNote}`, () => {
  it("is a user and password in the URL, percent-encoded where it must be", async () => {
    await comesIn('authorization { user: "hub@fog", password: "p/w:1" }', (port) => ({ url: `nats://hub%40fog:p%2Fw%3A1@127.0.0.1:${port}` }));
  });

  it("is a token in the URL", async () => {
    await comesIn('authorization { token: "t0ken" }', (port) => ({ url: `nats://t0ken@127.0.0.1:${port}` }));
  });

  it("is an nkey whose seed is in a file", async () => {
    const user = nkeys.createUser();
    const credentialsFile = join(folder, "hub.nk");
    writeFileSync(credentialsFile, `${new TextDecoder().decode(user.getSeed())}\n`);
    await comesIn(`authorization { users: [{ nkey: ${user.getPublicKey()} }] }`, (port) => ({ url: `nats://127.0.0.1:${port}`, credentialsFile }));
  });

  it("is a certificate, over TLS that trusts one authority alone", async () => {
    const [certificateFile, keyFile] = [join(folder, "tls.pem"), join(folder, "tls.key")];
    const names = ["-subj", "/CN=bus", "-addext", "subjectAltName=DNS:localhost"];
    execFileSync("openssl", ["req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "2", ...names, "-keyout", keyFile, "-out", certificateFile], {
      stdio: "ignore",
    });
    const configuration = `tls { cert_file: "${certificateFile}", key_file: "${keyFile}", ca_file: "${certificateFile}", verify: true }`;
    await comesIn(configuration, (port) => ({ url: `tls://localhost:${port}`, caFile: certificateFile, certificateFile, keyFile }));
    const untrusted = comesIn(configuration.replace("verify: true", "verify: false"), (port) => ({ url: `tls://localhost:${port}` }));
    await expect(untrusted).rejects.toMatchObject({ code: "FL4070" });
  }, 40_000);

  it("that is wrong is FL4070 at once, and so is a server that takes less than the bus carries", async () => {
    await expect(comesIn('authorization { token: "t0ken" }', (port) => ({ url: `nats://other@127.0.0.1:${port}` }))).rejects.toMatchObject({
      code: "FL4070",
      message: expect.stringContaining("Authorization"),
    });
    await expect(comesIn("max_payload: 100000", (port) => ({ url: `nats://127.0.0.1:${port}` }))).rejects.toMatchObject({
      code: "FL4070",
      message: "the NATS server takes messages of 100000 bytes, 327680 are needed",
    });
  });
});

describe("the settings of a NATS server", () => {
  it.each([
    ["http://localhost:4222", {}, "natsUrl is not the address"],
    ["nats://localhost:4222,other", {}, "natsUrl is not the address"],
    ["nats://nats.fogline.svc:4222", {}, "natsUrl leads beyond this machine and has no login"],
    ["nats://localhost:4222", { certificateFile: "a.pem" }, "one is set and the other is not"],
    ["nats://localhost:4222", { credentialsFile: "/nowhere/hub.creds" }, "natsCredentialsFile cannot be read"],
  ])("%s with %j is FL4015", async (url, more, message) => {
    await expect(open({ url, ...more })).rejects.toMatchObject({ code: "FL4015", message: expect.stringContaining(message) });
  });
});
