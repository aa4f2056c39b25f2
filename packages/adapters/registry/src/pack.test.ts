import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { unpackTar } from "modern-tar";
import { describe, expect, it } from "vitest";
import { digestOf } from "./blob.ts";
import { type Content, packArtifact } from "./pack.ts";

const facts = { created: "2026-11-26T06:00:00Z", annotations: { "org.opencontainers.image.revision": "main@sha1:abc" } };
const contentOf = (files: readonly (readonly [string, string])[]): Content => ({ ...facts, files: new Map(files) });
const name = fc.stringMatching(/^[a-z0-9-]{1,60}$/);
const path = fc.array(name, { minLength: 1, maxLength: 6 }).map((names) => `clusters/edge-pi/${names.join("/")}.yaml`);
const files = fc.uniqueArray(fc.tuple(path, fc.string({ unit: "grapheme", maxLength: 300 })), {
  selector: ([at]) => at,
  minLength: 1,
  maxLength: 20,
});

describe("an artifact", () => {
  it("has the same digest whatever the order in which its files come", async () => {
    await fc.assert(
      fc.asyncProperty(files, async (some) => {
        const [one, other] = [await packArtifact(contentOf(some)), await packArtifact(contentOf(some.toReversed()))];
        expect(one.digest).toBe(other.digest);
      }),
      { numRuns: 50 },
    );
  });

  it("gives back every file, to the last byte, however long its path", async () => {
    await fc.assert(
      fc.asyncProperty(files, async (some) => {
        const { blobs } = await packArtifact(contentOf(some));
        const entries = await unpackTar(gunzipSync(blobs[1]?.bytes ?? ""));
        expect(new Map(entries.map(({ header, data }) => [header.name, Buffer.from(data ?? []).toString("utf8")]))).toEqual(new Map(some));
      }),
      { numRuns: 50 },
    );
  });

  it("tells nothing of who packed it, where and when", async () => {
    const { blobs } = await packArtifact(contentOf([["clusters/edge-pi/a.yaml", "a: 1\n"]]));
    const [entry] = await unpackTar(gunzipSync(blobs[1]?.bytes ?? ""));
    expect(entry?.header).toMatchObject({ mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) });
    // RFC 1952: bytes 4 to 7 are a time, byte 9 the system.
    expect([...(blobs[1]?.bytes.subarray(4, 8) ?? [])]).toEqual([0, 0, 0, 0]);
    expect(blobs[1]?.bytes[9]).toBe(255);
  });

  it("has another digest when a file, its path or the commit differs", async () => {
    const digests = await Promise.all(
      [
        contentOf([["clusters/edge-pi/a.yaml", "a: 1\n"]]),
        contentOf([["clusters/edge-pi/a.yaml", "a: 2\n"]]),
        contentOf([["clusters/edge-pi/b.yaml", "a: 1\n"]]),
        { ...contentOf([["clusters/edge-pi/a.yaml", "a: 1\n"]]), annotations: { "org.opencontainers.image.revision": "main@sha1:def" } },
      ].map(async (content) => (await packArtifact(content)).digest),
    );
    expect(new Set(digests).size).toBe(4);
  });

  it("is of the media types that Flux takes, and its manifest names every byte of it", async () => {
    const { digest, manifest, blobs, downloadBytes } = await packArtifact(contentOf([["clusters/edge-pi/a.yaml", "a: 1\n"]]));
    expect(digest).toBe(digestOf(manifest));
    expect(JSON.parse(manifest.toString("utf8"))).toEqual({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: {
        mediaType: "application/vnd.cncf.flux.config.v1+json",
        digest: digestOf(blobs[0]?.bytes ?? Buffer.alloc(0)),
        size: blobs[0]?.bytes.length,
      },
      layers: [
        {
          mediaType: "application/vnd.cncf.flux.content.v1.tar+gzip",
          digest: digestOf(blobs[1]?.bytes ?? Buffer.alloc(0)),
          size: blobs[1]?.bytes.length,
        },
      ],
      annotations: facts.annotations,
    });
    expect(downloadBytes).toBe(manifest.length + (blobs[1]?.bytes.length ?? 0));
  });
});
