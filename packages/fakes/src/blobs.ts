import { createHash } from "node:crypto";
import type { Blobs, Digest } from "@fogline/ports";

/** What a fake's disk holds. Passing the same one again is a restart. */
export type BlobDisk = Map<Digest, Uint8Array>;

const digestOf = (content: Uint8Array): Digest => `sha256:${createHash("sha256").update(content).digest("hex")}`;

const gather = async (content: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  if (content instanceof Uint8Array) return new Uint8Array(content);
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(new Uint8Array(chunk));
  return new Uint8Array(Buffer.concat(chunks));
};

async function* read(digest: Digest, content: Uint8Array): AsyncGenerator<Uint8Array> {
  if (content.byteLength > 0) yield new Uint8Array(content);
  if (digestOf(content) !== digest) throw new Error(`the stored content of ${digest} is damaged`);
}

/** Blobs in memory. A test may damage the bytes on `disk`. */
export const memoryBlobs = (disk: BlobDisk = new Map()): Blobs => ({
  put: async (content) => {
    const bytes = await gather(content);
    const digest = digestOf(bytes);
    disk.set(digest, bytes);
    return { digest, sizeBytes: bytes.byteLength };
  },
  get: async (digest) => {
    const content = disk.get(digest);
    return content === undefined ? undefined : read(digest, content);
  },
  has: async (digest) => disk.has(digest),
  remove: async (digest) => disk.delete(digest),
  list: async function* () {
    for (const digest of [...disk.keys()].sort()) {
      const content = disk.get(digest);
      if (content !== undefined) yield { digest, sizeBytes: content.byteLength };
    }
  },
});
