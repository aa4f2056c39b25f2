import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { folderBlobs } from "./index.ts";

const abc = new TextEncoder().encode("abc");

describe("a folder of blobs", () => {
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), "fogline-folder-"));
  });
  afterEach(() => rm(path, { recursive: true }));

  it("leaves nothing behind when the disk is full, and says so", async () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    const blobs = await folderBlobs(path, async (file, chunk) => {
      await file.write(chunk.subarray(0, 1));
      throw full;
    });
    await expect(blobs.put(abc)).rejects.toBe(full);
    expect(await readdir(join(path, "incoming"))).toEqual([]);
    expect(await readdir(join(path, "sha256"))).toEqual([]);
  });

  it("removes at the start what a killed process was writing", async () => {
    await mkdir(join(path, "incoming"));
    await writeFile(join(path, "incoming", "half"), "ab");
    const blobs = await folderBlobs(path);
    expect(await readdir(join(path, "incoming"))).toEqual([]);
    expect((await blobs.put(abc)).sizeBytes).toBe(3);
  });

  it("does not list files that are not blobs", async () => {
    const blobs = await folderBlobs(path);
    const { digest } = await blobs.put(abc);
    await writeFile(join(path, "sha256", digest.slice(7, 9), "note.txt"), "x");
    await mkdir(join(path, "sha256", "not-a-shard"));
    const listed: string[] = [];
    for await (const blob of blobs.list()) listed.push(blob.digest);
    expect(listed).toEqual([digest]);
  });

  it("rejects with FL4017 where no folder can be made", async () => {
    await writeFile(join(path, "file"), "in the way");
    await expect(folderBlobs(join(path, "file"))).rejects.toMatchObject({ code: "FL4017" });
  });
});
