import { createHash } from "node:crypto";
import type { Blobs, Digest } from "@fogline/ports";
import { describe, expect, it } from "vitest";
import { type BlobDisk, memoryBlobs } from "../index.ts";
import { type BlobsWorld, blobsCases, breakages } from "./index.ts";

const end = async () => {};
const broken = breakages(blobsCases);

describe("the blobs suite", () => {
  const opened =
    (breaking: (blobs: Blobs, disk: BlobDisk) => Blobs, forgets = false) =>
    async (): Promise<BlobsWorld> => {
      const disk: BlobDisk = new Map();
      return {
        blobs: breaking(memoryBlobs(disk), disk),
        damage: async (digest) => {
          const content = Uint8Array.from(disk.get(digest) ?? []);
          content[0] = (content[0] ?? 0) ^ 1;
          disk.set(digest, content);
        },
        restart: async () => breaking(memoryBlobs(forgets ? new Map() : disk), disk),
        end,
      };
    };
  const returnsDamage = (blobs: Blobs, disk: BlobDisk): Blobs => ({
    ...blobs,
    get: async (digest) => {
      const content = disk.get(digest);
      return (
        content &&
        (async function* () {
          yield content;
        })()
      );
    },
  });
  const keepsHalves = (blobs: Blobs): Blobs => ({
    ...blobs,
    put: async (content) => {
      if (content instanceof Uint8Array) return blobs.put(content);
      const chunks: Uint8Array[] = [];
      try {
        for await (const chunk of content) chunks.push(chunk);
      } finally {
        await blobs.put(Uint8Array.from(Buffer.concat(chunks)));
      }
      return blobs.put(Uint8Array.from(Buffer.concat(chunks)));
    },
  });
  const sharesBytes = (blobs: Blobs, disk: BlobDisk): Blobs => ({
    ...blobs,
    put: async (content) => {
      if (!(content instanceof Uint8Array)) return blobs.put(content);
      const digest: Digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
      if (!disk.has(digest)) disk.set(digest, content);
      return { digest, sizeBytes: content.byteLength };
    },
  });
  const namesAllAlike = (blobs: Blobs): Blobs => ({
    ...blobs,
    put: async (content) => ({ ...(await blobs.put(content)), digest: `sha256:${"0".repeat(64)}` }),
  });
  const storesOneMegabyte = (blobs: Blobs): Blobs => ({
    ...blobs,
    put: (content) => blobs.put(content instanceof Uint8Array ? content.subarray(0, 1_000_000) : content),
  });
  const listsTwice = (blobs: Blobs): Blobs => ({
    ...blobs,
    list: async function* () {
      yield* blobs.list();
      yield* blobs.list();
    },
  });
  const hasEverything = (blobs: Blobs): Blobs => ({
    ...blobs,
    has: async () => true,
    get: async (digest) => (await blobs.get(digest)) ?? (async function* () {})(),
  });
  const removesNothing = (blobs: Blobs): Blobs => ({ ...blobs, remove: (digest) => blobs.has(digest) });

  it("fails on blobs that are forgotten at restart", async () => {
    expect(await broken.by(opened((blobs) => blobs, true))).toContain("has after a restart everything that was stored, and nothing that was removed");
  });

  it.each<[string, (blobs: Blobs, disk: BlobDisk) => Blobs, string]>([
    ["returns damaged bytes", returnsDamage, "rejects while reading when the stored bytes are damaged"],
    ["keeps half of what failed", keepsHalves, "stores nothing when its source fails half way"],
    ["shares bytes with who stored them", sharesBytes, "keeps one blob for the same content, and shares no bytes with who stored it"],
    ["removes nothing", removesNothing, "removes a blob"],
    ["names all content alike", namesAllAlike, "names content by its SHA-256 and gives it back"],
    ["stores the first megabyte only", storesOneMegabyte, "gives back megabytes unchanged"],
    ["lists blobs twice", listsTwice, "takes the same content from two at once"],
    ["has everything", hasEverything, "knows nothing of what was not stored"],
  ])("fails on an adapter that %s", async (_fault, breaking, name) => {
    expect(await broken.by(opened(breaking))).toContain(name);
  });

  it("has no case that none of these fails", () => {
    expect(broken.byNone()).toEqual([]);
  });
});
