import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blobsSuite } from "@fogline/fakes/suites";
import { folderBlobs } from "./index.ts";

blobsSuite("folder", async () => {
  const path = await mkdtemp(join(tmpdir(), "fogline-blobs-"));
  return {
    blobs: await folderBlobs(path),
    damage: async (digest) => {
      const hex = digest.slice("sha256:".length);
      const file = join(path, "sha256", hex.slice(0, 2), hex.slice(2));
      const content = await readFile(file);
      content[0] = (content[0] ?? 0) ^ 1;
      await writeFile(file, content);
    },
    restart: () => folderBlobs(path),
    end: () => rm(path, { recursive: true }),
  };
});
