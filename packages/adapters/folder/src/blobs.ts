import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FoglineError, textOf } from "@fogline/findings";
import type { Blobs, Digest } from "@fogline/ports";

const digestPattern = /^sha256:([0-9a-f]{64})$/;
const shardPattern = /^[0-9a-f]{2}$/;
const restPattern = /^[0-9a-f]{62}$/;

const codeOf = (thrown: unknown): string | undefined => (thrown instanceof Error && "code" in thrown ? String(thrown.code) : undefined);

const orUndefined = async <Value>(reading: Promise<Value>): Promise<Value | undefined> => {
  try {
    return await reading;
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return undefined;
    throw thrown;
  }
};

/** Writes everything it is given to an open file, and says what the content was. */
export type WriteContent = (file: FileHandle, chunk: Uint8Array) => Promise<void>;

/** `write` may write less than asked, for example when the disk is almost full: the rest follows until it is all there or the disk refuses. */
const writeAll: WriteContent = async (file, chunk) => {
  for (let written = 0; written < chunk.byteLength; ) {
    const { bytesWritten } = await file.write(chunk, written, chunk.byteLength - written);
    written += bytesWritten;
  }
};

/** Makes the entry of a file in its folder durable. */
const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

async function* verified(path: string, digest: Digest): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk);
    yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  if (`sha256:${hash.digest("hex")}` !== digest) throw new Error(`the stored content of ${digest} is damaged`);
}

/**
 * Blobs as files: `<path>/sha256/ab/cdef…`, named by their content. A blob is written beside (`<path>/incoming`), flushed to the disk, and then
 * renamed, so a name always stands for complete content; what a killed process left in `incoming` is removed at the next start.
 * Damage is found while reading: the last chunk is followed by a rejection, so a consumer must not act before the iteration ended.
 * `put` rejects with the system's error when the disk is full, and leaves nothing behind. Rejects with FoglineError FL4017 when the folder
 * cannot be written. One process may own a folder at a time. `write` is for tests of a disk that fails.
 */
export const folderBlobs = async (path: string, write: WriteContent = writeAll): Promise<Blobs> => {
  const content = join(path, "sha256");
  const incoming = join(path, "incoming");
  try {
    await rm(incoming, { recursive: true, force: true });
    await mkdir(incoming, { recursive: true });
    await mkdir(content, { recursive: true });
  } catch (thrown) {
    throw new FoglineError("FL4017", `blobs cannot be stored in ${path}: ${textOf(thrown)}`, { fields: { path }, cause: thrown });
  }

  const fileOf = (digest: Digest): string | undefined => {
    const hex = digestPattern.exec(digest)?.[1];
    return hex === undefined ? undefined : join(content, hex.slice(0, 2), hex.slice(2));
  };

  const receive = async (file: FileHandle, chunks: Uint8Array | AsyncIterable<Uint8Array>) => {
    const hash = createHash("sha256");
    let sizeBytes = 0;
    for await (const chunk of chunks instanceof Uint8Array ? [chunks] : chunks) {
      hash.update(chunk);
      sizeBytes += chunk.byteLength;
      await write(file, chunk);
    }
    await file.sync();
    const digest: Digest = `sha256:${hash.digest("hex")}`;
    return { digest, sizeBytes };
  };

  const keep = async (temporary: string, digest: Digest): Promise<void> => {
    const target = fileOf(digest);
    if (target === undefined) throw new TypeError(`${digest} is not a digest`);
    const shard = dirname(target);
    if ((await mkdir(shard, { recursive: true })) !== undefined) await syncFolder(content);
    // Replaces what is there with the same content: storing again also repairs a damaged blob.
    await rename(temporary, target);
    await syncFolder(shard);
  };

  return {
    put: async (chunks) => {
      const temporary = join(incoming, randomUUID());
      const file = await open(temporary, "wx");
      try {
        const stored = await receive(file, chunks).finally(() => file.close());
        await keep(temporary, stored.digest);
        return stored;
      } catch (thrown) {
        await rm(temporary, { force: true });
        throw thrown;
      }
    },
    get: async (digest) => {
      const file = fileOf(digest);
      if (file === undefined || (await orUndefined(stat(file))) === undefined) return undefined;
      return verified(file, digest);
    },
    has: async (digest) => {
      const file = fileOf(digest);
      return file !== undefined && (await orUndefined(stat(file))) !== undefined;
    },
    remove: async (digest) => {
      const file = fileOf(digest);
      if (file === undefined || (await orUndefined(rm(file).then(() => true))) === undefined) return false;
      await syncFolder(dirname(file));
      return true;
    },
    list: async function* () {
      for (const shard of (await readdir(content)).filter((name) => shardPattern.test(name)).sort())
        for (const rest of (await readdir(join(content, shard))).filter((name) => restPattern.test(name)).sort()) {
          const found = await orUndefined(stat(join(content, shard, rest)));
          if (found !== undefined) yield { digest: `sha256:${shard}${rest}`, sizeBytes: found.size };
        }
    },
  };
};
