/** Gives the images that were built to the Docker of this machine, without a registry. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LaidImage } from "./layout.ts";
import type { Architecture } from "./sources.ts";

/** The architecture of this machine's containers; undefined where there are no images for it. */
export const ownArchitecture = (arch: string = process.arch): Architecture | undefined =>
  arch === "x64" ? "amd64" : arch === "arm64" ? "arm64" : undefined;

const blobPath = (digest: string): string => join("blobs", ...digest.split(":"));

/**
 * What `docker save` writes of images, https://github.com/moby/docker-image-spec/blob/main/v1.2.md: the blobs of the layout with a list beside them.
 * Docker takes an OCI layout itself only since version 25.
 */
export const savedImages = (
  images: readonly LaidImage[],
  architecture: Architecture,
): { readonly manifest: readonly { readonly Config: string; readonly RepoTags: readonly string[]; readonly Layers: readonly string[] }[] } => ({
  manifest: images.map(({ name, version, platforms }) => ({
    Config: blobPath(platforms[architecture].config.digest),
    RepoTags: [`fogline/${name}:${version}`],
    Layers: platforms[architecture].layers.map(({ digest }) => blobPath(digest)),
  })),
});

/** Hands them over as `fogline/<workload>:<version>`. `docker` is the command of the client with what it needs. Throws with what docker said. */
export const loadImages = (
  layout: string,
  images: readonly LaidImage[],
  architecture: Architecture,
  docker: readonly string[] = ["docker"],
): void => {
  const folder = mkdtempSync(join(tmpdir(), "fogline-load-"));
  try {
    const { manifest } = savedImages(images, architecture);
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
    symlinkSync(join(layout, "blobs"), join(folder, "blobs"));
    const files = new Set(manifest.flatMap(({ Config, Layers }) => [Config, ...Layers]));
    const command = 'files=$1; shift; tar --create --dereference --files-from="$files" | "$@" load --quiet';
    writeFileSync(join(folder, "files"), ["manifest.json", ...files].join("\n"));
    const { status, stderr } = spawnSync("sh", ["-c", command, "sh", join(folder, "files"), ...docker], { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`docker did not take the images: ${stderr.trim()}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
