import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiServerOf, confirmApiServer } from "./api-server.ts";
import { type Authority, makeAuthority, startTlsServer, type TlsServer } from "./testing/tls-server.ts";

describe("an API server that is known by a fingerprint", () => {
  let authority: Authority;
  /** Has the same name, and is another. */
  let other: Authority;
  let server: TlsServer;
  let impostor: TlsServer;
  beforeAll(async () => {
    authority = makeAuthority();
    other = makeAuthority();
    server = await startTlsServer(authority);
    impostor = await startTlsServer(other);
  });
  afterAll(() => {
    for (const one of [server, impostor]) one?.stop();
    for (const one of [authority, other]) one?.remove();
  });

  it("is confirmed by its own certificate and by that of its authority, however the digits are written", async () => {
    const text = server.kubeconfig();
    const asOpenssl = new X509Certificate(authority.caPem).fingerprint256;
    for (const fingerprint of [authority.serverFingerprint, authority.caFingerprint, asOpenssl, `SHA256:${asOpenssl}`])
      await expect(confirmApiServer({ text }, fingerprint), fingerprint).resolves.toBeUndefined();
  });

  it("is told no login for that", () => {
    expect(server.asked).toEqual([]);
  });

  it("is refused when another answers, and told what that one shows", async () => {
    const text = impostor.kubeconfig();
    await expect(confirmApiServer({ text }, authority.serverFingerprint)).rejects.toMatchObject({
      code: "FL3302",
      message: expect.stringContaining(`shows ${other.serverFingerprint}`),
    });
  });

  it("is refused when its certificate has the name of the authority and not its signature", async () => {
    // The kubeconfig was copied from the real cluster, and somebody answers at the address in it.
    const text = impostor.kubeconfig(authority.caPem);
    await expect(confirmApiServer({ text }, authority.caFingerprint)).rejects.toMatchObject({
      code: "FL3302",
      message: expect.stringContaining("is not of the authority that it names"),
    });
  });

  it("is refused where the fleet file has the fingerprint of an SSH host", async () => {
    const ssh = "SHA256:2bCr0bKS4tXvZgm8eMPyJYhV5NmA9DTK0Y3HzEkq1dY";
    await expect(confirmApiServer({ text: server.kubeconfig() }, ssh)).rejects.toMatchObject({
      code: "FL3302",
      remedy: expect.stringContaining("openssl"),
    });
  });

  it("has the fingerprint of its authority in the kubeconfig, where there is one", () => {
    expect(apiServerOf({ text: server.kubeconfig() })).toEqual({ url: server.url, authority: authority.caFingerprint });
    const without = JSON.stringify({
      clusters: [{ name: "test", cluster: { server: server.url } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "nobody" } }],
      "current-context": "test",
    });
    expect(apiServerOf({ text: without })).toEqual({ url: server.url });
  });

  it("is not told by the text of a kubeconfig that cannot be read", () => {
    expect(() => apiServerOf({ text: "users: [token: s3cret" })).toThrow(/^the kubeconfig cannot be read$/);
  });
});
