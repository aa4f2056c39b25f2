/** Gives the images that were built to the Docker of this machine, without a registry. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Descriptor } from "@fogline/registry";
import type { LaidImage } from "./layout.ts";
import type { Architecture } from "./sources.ts";

/** The architecture of this machine's containers; undefined where there are no images for it. */
export const ownArchitecture = (): Architecture | undefined => (process.arch === "x64" ? "amd64" : process.arch === "arm64" ? "arm64" : undefined);

const blobPath = ({ digest }: Descriptor): string => join("blobs", ...digest.split(":"));

/**
 * Hands images over as `fogline/<workload>:<version>`, as `docker save` writes them: the blobs of the layout with a list beside them,
 * https://github.com/moby/docker-image-spec/blob/main/v1.2.md. Docker takes an OCI layout itself only since version 25. Throws with what docker said.
 */
export const loadImages = (layout: string, images: readonly LaidImage[], architecture: Architecture): void => {
  const folder = mkdtempSync(join(tmpdir(), "fogline-load-"));
  try {
    const manifest = images.map(({ name, version, platforms: { [architecture]: image } }) => ({
      Config: blobPath(image.config),
      RepoTags: [`fogline/${name}:${version}`],
      Layers: image.layers.map(blobPath),
    }));
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
    symlinkSync(join(layout, "blobs"), join(folder, "blobs"));
    const files = new Set(manifest.flatMap(({ Config, Layers }) => [Config, ...Layers]));
    writeFileSync(join(folder, "files"), ["manifest.json", ...files].join("\n"));
    const command = "tar --create --dereference --files-from=files | docker load --quiet";
    const { status, stderr } = spawnSync("sh", ["-c", command], { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`docker did not take the images: ${stderr.trim()}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
