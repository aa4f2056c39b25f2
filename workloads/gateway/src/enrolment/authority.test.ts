import "reflect-metadata";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { virtualClock } from "@fogline/fakes";
import { systemRandom as random } from "@fogline/system";
import * as x509 from "@peculiar/x509";
import { beforeAll, describe, expect, it } from "vitest";
import { deviceKey, type GivenAuthority, givenAuthority, intermediatesOf } from "./authority.ts";
import { issueRoot } from "./issue.ts";

const startMs = Date.UTC(2026, 10, 1);
const dayMs = 86_400_000;
const clock = virtualClock(startMs);

/** A root, and an intermediate that it signed, as cert-manager or Vault would hand them out. */
const madeOutside = async (kind: "P-256" | "P-384" | "RSA"): Promise<GivenAuthority & { readonly rootPem: string }> => {
  const name = kind === "RSA" ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } : { name: "ECDSA", namedCurve: kind };
  const algorithm = { ...name, ...(kind === "RSA" ? { modulusLength: 2_048, publicExponent: new Uint8Array([1, 0, 1]) } : {}) };
  const keys = () => crypto.subtle.generateKey(algorithm as EcKeyGenParams, true, ["sign", "verify"]);
  const [rootKeys, keysBelow] = [await keys(), await keys()];
  const signingAlgorithm = { name: name.name, hash: "SHA-256" };
  const times = { notBefore: new Date(startMs - dayMs), notAfter: new Date(startMs + 100 * dayMs) };
  const isCa = [new x509.BasicConstraintsExtension(true, undefined, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)];
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Company root",
    keys: rootKeys,
    signingAlgorithm,
    ...times,
    extensions: isCa,
  });
  const below = await x509.X509CertificateGenerator.create({
    ...{ subject: "CN=Fleet, O=Company", issuer: root.subject, publicKey: keysBelow.publicKey, signingKey: rootKeys.privateKey },
    ...{ signingAlgorithm, ...times, extensions: isCa },
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", keysBelow.privateKey)).toString("base64");
  return {
    rootPem: root.toString("pem"),
    certificatesPem: `${below.toString("pem")}\n${root.toString("pem")}\n`,
    keyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/(.{64})/g, "$1\n")}\n-----END PRIVATE KEY-----\n`,
  };
};

const wish = (notAfterMs: number) => ({
  ...{ commonName: "pi-1", names: [{ type: "url" as const, value: "spiffe://test/node/pi-1" }], purpose: "client" as const },
  ...{ publicKey: generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey, notBeforeMs: startMs, notAfterMs },
});

describe("a CA that is given", () => {
  it.each(["P-256", "P-384", "RSA"] as const)("with a key of the kind %s signs below its intermediate, and trusts its root", async (kind) => {
    const given = await madeOutside(kind);
    const authority = givenAuthority(given, clock, random);
    const certificate = await authority.issue(wish(startMs + dayMs));
    const [intermediate] = intermediatesOf(authority);
    expect(authority.root.toString()).toBe(new X509Certificate(given.rootPem).toString());
    expect(intermediate?.subject).toContain("CN=Fleet");
    expect(certificate.checkIssued(intermediate as X509Certificate)).toBe(true);
    expect(certificate.verify((intermediate as X509Certificate).publicKey)).toBe(true);
    expect(certificate.verify(authority.root.publicKey)).toBe(false);
  });

  it("never signs for longer than it is valid itself", async () => {
    const authority = givenAuthority(await madeOutside("P-256"), clock, random);
    expect((await authority.issue(wish(startMs + 1_000 * dayMs))).validToDate.getTime()).toBe(startMs + 100 * dayMs);
  });

  describe("is refused with FL4015", () => {
    let given: Awaited<ReturnType<typeof madeOutside>>;
    let other: Awaited<ReturnType<typeof madeOutside>>;
    beforeAll(async () => {
      [given, other] = [await madeOutside("P-256"), await madeOutside("P-256")];
    });

    it.each([
      ["without a certificate", () => ({ ...given, certificatesPem: "" }), "there is no certificate"],
      ["with what is no key", () => ({ ...given, keyPem: "secret" }), "do not make a CA"],
      ["with the key of another", () => ({ ...given, keyPem: other.keyPem }), "the key is not that of"],
    ])("%s", (_what, authority, message) => {
      expect(() => givenAuthority(authority(), clock, random)).toThrow(
        expect.objectContaining({ code: "FL4015", message: expect.stringContaining(message) }),
      );
    });

    it("when it may not sign, or has ended", async () => {
      const leaf = await givenAuthority(given, clock, random).issue(wish(startMs + dayMs));
      expect(() => givenAuthority({ ...given, certificatesPem: leaf.toString() }, clock, random)).toThrow("is not allowed to sign certificates");
      const late = virtualClock(startMs + 101 * dayMs);
      expect(() => givenAuthority(given, late, random)).toThrow("ended on");
    });
  });
});

describe("the key of a device", () => {
  it("is ECDSA P-256, public, and nothing else", () => {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = (key: typeof pair.publicKey) => key.export({ type: "spki", format: "pem" }).toString();
    expect(deviceKey(pem(pair.publicKey))?.asymmetricKeyType).toBe("ec");
    expect(deviceKey(pem(generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey))).toBeUndefined();
    expect(deviceKey(pem(generateKeyPairSync("ed25519").publicKey))).toBeUndefined();
    expect(deviceKey(pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString())).toBeUndefined();
    expect(deviceKey("hello")).toBeUndefined();
  });
});

describe("the built-in root", () => {
  it("may sign certificates and nothing else, and no CA below it may", async () => {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const root = await issueRoot(pair, { commonName: "Fleet", serial: "4a", notBeforeMs: startMs, notAfterMs: startMs + dayMs });
    const parsed = new x509.X509Certificate(root.raw);
    expect(parsed.getExtension(x509.BasicConstraintsExtension)).toMatchObject({ ca: true, pathLength: 0, critical: true });
    expect(parsed.getExtension(x509.KeyUsagesExtension)).toMatchObject({
      usages: x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
      critical: true,
    });
    expect(root.checkIssued(root) && root.verify(pair.publicKey)).toBe(true);
  });
});
