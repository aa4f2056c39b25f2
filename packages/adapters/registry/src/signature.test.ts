import { describe, expect, it } from "vitest";
import { isSigned, newSigningKey, publicKeyOf, signatureTag, signDigest } from "./signature.ts";

const repository = "registry.acme.example/acme/clusters/edge-pi";
const digest = `sha256:${"ab".repeat(32)}`;
const key = newSigningKey();

describe("a signature", () => {
  it("is one of the key over the digest in its repository", () => {
    const { descriptor } = signDigest(repository, digest, key.privateKey);
    expect(isSigned(repository, digest, key.publicKey, [descriptor])).toBe(true);
  });

  it.each([
    ["another key", repository, digest, newSigningKey().publicKey],
    ["another digest", repository, `sha256:${"cd".repeat(32)}`, key.publicKey],
    ["another repository", "registry.acme.example/acme/clusters/edge-jetson", digest, key.publicKey],
  ])("is none of %s", (_, where, what, publicKey) => {
    const { descriptor } = signDigest(repository, digest, key.privateKey);
    expect(isSigned(where, what, publicKey, [descriptor])).toBe(false);
  });

  it("that is broken or missing counts for nothing", () => {
    const { descriptor } = signDigest(repository, digest, key.privateKey);
    const without = { ...descriptor, annotations: {} };
    const broken = { ...descriptor, annotations: { "dev.cosignproject.cosign/signature": "AAAA" } };
    expect(isSigned(repository, digest, key.publicKey, [without, broken])).toBe(false);
    expect(isSigned(repository, digest, key.publicKey, [])).toBe(false);
  });

  it("is in the form and under the tag where cosign looks for it", () => {
    const { descriptor, bytes } = signDigest(repository, digest, key.privateKey);
    expect(descriptor).toMatchObject({
      mediaType: "application/vnd.dev.cosign.simplesigning.v1+json",
      annotations: { "dev.cosignproject.cosign/signature": expect.stringMatching(/^[A-Za-z0-9+/]+=*$/) },
    });
    expect(JSON.parse(bytes.toString("utf8"))).toEqual({
      critical: {
        identity: { "docker-reference": repository },
        image: { "docker-manifest-digest": digest },
        type: "cosign container image signature",
      },
      optional: null,
    });
    expect(signatureTag(digest)).toBe(`sha256-${"ab".repeat(32)}.sig`);
  });
});

describe("a signing key", () => {
  it("has one public half", () => {
    expect(publicKeyOf(key.privateKey, "file")).toBe(key.publicKey);
  });

  it.each(["", "hello", key.publicKey, "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n"])(
    "that is none is refused, and not repeated",
    (text) => {
      const refuse = () => publicKeyOf(text, "the-file");
      expect(refuse).toThrow(expect.objectContaining({ code: "FL3206", message: expect.not.stringContaining("hunter2") }));
    },
  );
});
