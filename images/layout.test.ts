import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readImagesLock } from "@fogline/fleet";
import { type Blob, blobOf, jsonBytes, manifestType } from "@fogline/registry";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attach, layImage, readBlob, readLayout, readPlatform, startLayout } from "./layout.ts";
import { lockedImages, lockWith } from "./lock.ts";

const source = { version: "0.2.0", revision: "3f2a91c04d11", created: "2026-11-26T06:00:00Z" };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fogline-layout-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A layout as an engine writes it, with an image of one layer under a reference each. */
const engineLayout = (...references: readonly string[]): string => {
  const layout = join(folder, "engine");
  startLayout(layout);
  const write = ({ descriptor, bytes }: Blob) => {
    writeFileSync(join(layout, "blobs", ...descriptor.digest.split(":")), bytes);
    return descriptor;
  };
  const manifests = references.map((reference) => {
    const config = write(blobOf("application/vnd.oci.image.config.v1+json", Buffer.from(`{"of":"${reference}"}`)));
    const layers = [write(blobOf("application/vnd.oci.image.layer.v1.tar+gzip", Buffer.from(`layer of ${reference}`)))];
    const manifest = write(blobOf(manifestType, jsonBytes({ schemaVersion: 2, mediaType: manifestType, config, layers })));
    return { ...manifest, annotations: { "org.opencontainers.image.ref.name": reference } };
  });
  writeFileSync(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  return layout;
};

const laid = () => {
  const from = engineLayout("agent-amd64", "agent-arm64");
  const layout = join(folder, "oci");
  startLayout(layout);
  const platforms = { amd64: readPlatform(from, "agent-amd64"), arm64: readPlatform(from, "agent-arm64") };
  const image = layImage(from, layout, { name: "agent", platforms, source });
  const attachment = attach(layout, "sbom", platforms.arm64.manifest, "{}");
  return { layout, image: { ...image, attachments: [attachment] } };
};

describe("a layout of images", () => {
  it("gives back what was laid into it: each image under one index, with what is said of it", () => {
    const { layout, image } = laid();
    expect(readLayout(layout)).toEqual([image]);
    const { manifests } = JSON.parse(readBlob(layout, image.index).toString("utf8")) as { manifests: { platform: unknown; digest: string }[] };
    expect(manifests.map(({ platform }) => platform)).toEqual([
      { architecture: "amd64", os: "linux" },
      { architecture: "arm64", os: "linux" },
    ]);
    expect(readBlob(layout, image.platforms.arm64.layers[0] ?? image.index).toString("utf8")).toBe("layer of agent-arm64");
  });

  it("that is not there, and an image that the engine did not write, are said", () => {
    expect(() => readLayout(join(folder, "nowhere"))).toThrow("fix: npm run images");
    expect(() => readPlatform(engineLayout(), "agent-amd64")).toThrow("the engine wrote no image agent-amd64");
  });
});

describe("the lock of a release", () => {
  it("has its images by the reference that trees use, and what it had of others", () => {
    const { image } = laid();
    const before = `images:\n  registry.acme.example/display:1.2.0:\n    digest: sha256:${"a".repeat(64)}\n    platforms: {}\n`;
    const { lock, findings } = readImagesLock(lockWith(lockedImages([image], "registry.acme.example"), before));
    expect(findings).toEqual([]);
    expect(Object.keys(lock ?? {}).sort()).toEqual(["registry.acme.example/display:1.2.0", "registry.acme.example/fogline/agent:0.2.0"]);
    const { manifest, layers } = image.platforms.arm64;
    const own = lock?.["registry.acme.example/fogline/agent:0.2.0"];
    expect(own?.digest).toBe(image.index.digest);
    expect(own?.platforms.arm64).toEqual({ digest: manifest.digest, layers: layers.map(({ digest, size }) => ({ digest, bytes: size })) });
  });

  it("is not written over one that cannot be read", () => {
    expect(() => lockWith({}, "images: [")).toThrow(/^clusters\/images\.lock\.yaml:1: FL3280/);
  });
});
