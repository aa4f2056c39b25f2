import assert from "node:assert/strict";
import type { Blobs, Digest } from "@fogline/ports";
import { type Case, type Ends, inWorld } from "./case.ts";

export interface BlobsWorld extends Ends {
  readonly blobs: Blobs;
  /** Changes one stored byte of a blob behind the adapter's back. */
  damage(digest: Digest): Promise<void>;
  /** Closes and opens again over the same data. */
  restart(): Promise<Blobs>;
}

const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

const read = async (blobs: Blobs, digest: Digest): Promise<Uint8Array | undefined> => {
  const content = await blobs.get(digest);
  if (content === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Uint8Array.from(Buffer.concat(chunks));
};

const listed = async (blobs: Blobs): Promise<string[]> => {
  const found: string[] = [];
  for await (const { digest, sizeBytes } of blobs.list()) found.push(`${digest} ${sizeBytes}`);
  return found.sort();
};

async function* pieces(...values: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const value of values) yield bytes(value);
}

/** SHA-256 of "abc", from FIPS 180-2, appendix B.1, and of nothing. */
const abc: Digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const empty: Digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const absent: Digest = `sha256:${"0".repeat(64)}`;

const content: readonly Case<BlobsWorld>[] = [
  inWorld("names content by its SHA-256 and gives it back", async ({ blobs }) => {
    assert.deepEqual(await blobs.put(bytes("abc")), { digest: abc, sizeBytes: 3 });
    assert.deepEqual(await read(blobs, abc), bytes("abc"));
    assert.equal(await blobs.has(abc), true);
  }),
  inWorld("stores what arrives in pieces as one blob", async ({ blobs }) => {
    assert.deepEqual(await blobs.put(pieces("a", "", "bc")), { digest: abc, sizeBytes: 3 });
    assert.deepEqual(await read(blobs, abc), bytes("abc"));
  }),
  inWorld("stores nothing as an empty blob", async ({ blobs }) => {
    assert.deepEqual(await blobs.put(new Uint8Array(0)), { digest: empty, sizeBytes: 0 });
    assert.deepEqual(await read(blobs, empty), new Uint8Array(0));
  }),
  inWorld("gives back megabytes unchanged", async ({ blobs }) => {
    const large = Uint8Array.from({ length: 3_000_001 }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
    const { digest, sizeBytes } = await blobs.put(large);
    assert.equal(sizeBytes, large.byteLength);
    assert.ok(Buffer.from((await read(blobs, digest)) ?? []).equals(large));
  }),
  inWorld("keeps one blob for the same content, and shares no bytes with who stored it", async ({ blobs }) => {
    const own = bytes("abc");
    await blobs.put(own);
    own.fill(0);
    await blobs.put(bytes("abc"));
    assert.deepEqual(await listed(blobs), [`${abc} 3`]);
    assert.deepEqual(await read(blobs, abc), bytes("abc"));
  }),
  inWorld("takes the same content from two at once", async ({ blobs }) => {
    await Promise.all([blobs.put(bytes("abc")), blobs.put(pieces("ab", "c"))]);
    assert.deepEqual(await listed(blobs), [`${abc} 3`]);
  }),
];

const absence: readonly Case<BlobsWorld>[] = [
  inWorld("knows nothing of what was not stored", async ({ blobs }) => {
    assert.equal(await blobs.get(absent), undefined);
    assert.equal(await blobs.has(absent), false);
    assert.equal(await blobs.remove(absent), false);
    assert.deepEqual(await listed(blobs), []);
  }),
  inWorld("treats what is not a digest as absent, whatever it says", async ({ blobs }) => {
    await blobs.put(bytes("abc"));
    for (const wrong of ["sha256:../../../etc/passwd", "sha256:", `sha256:${"A".repeat(64)}`] as const) {
      assert.equal(await blobs.get(wrong), undefined);
      assert.equal(await blobs.remove(wrong), false);
    }
  }),
  inWorld("removes a blob", async ({ blobs }) => {
    await blobs.put(bytes("abc"));
    await blobs.put(bytes("other"));
    assert.equal(await blobs.remove(abc), true);
    assert.equal(await blobs.has(abc), false);
    assert.equal(await blobs.get(abc), undefined);
    assert.equal((await listed(blobs)).length, 1);
  }),
  inWorld("stores nothing when its source fails half way", async ({ blobs }) => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield bytes("abc");
      throw new Error("the source of this test fails on purpose");
    }
    await assert.rejects(blobs.put(failing()), /fails on purpose/);
    assert.deepEqual(await listed(blobs), []);
  }),
];

const damage: readonly Case<BlobsWorld>[] = [
  inWorld("rejects while reading when the stored bytes are damaged", async ({ blobs, damage }) => {
    await blobs.put(bytes("abc"));
    await damage(abc);
    await assert.rejects(read(blobs, abc));
  }),
  inWorld("is whole again when damaged content is stored anew", async ({ blobs, damage }) => {
    await blobs.put(bytes("abc"));
    await damage(abc);
    await blobs.put(bytes("abc"));
    assert.deepEqual(await read(blobs, abc), bytes("abc"));
  }),
  inWorld("has after a restart everything that was stored, and nothing that was removed", async ({ blobs, restart }) => {
    await blobs.put(bytes("abc"));
    const gone = await blobs.put(bytes("other"));
    await blobs.remove(gone.digest);
    const reopened = await restart();
    assert.deepEqual(await listed(reopened), [`${abc} 3`]);
    assert.deepEqual(await read(reopened, abc), bytes("abc"));
  }),
];

/** What blobs promise. */
export const blobsCases: readonly Case<BlobsWorld>[] = [...content, ...absence, ...damage];
