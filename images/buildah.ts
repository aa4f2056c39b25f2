/** buildah, which builds Containerfiles without a daemon: https://buildah.io */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Architecture, layerTime } from "./sources.ts";

/** One image to build. */
export interface ImageBuild {
  readonly containerfile: string;
  readonly context: string;
  readonly architecture: Architecture;
  /** What it is called inside the engine. */
  readonly name: string;
  readonly args: Readonly<Record<string, string>>;
}

export interface Engine {
  /** As provenance says it. */
  readonly version: string;
  /** Builds an image and keeps it under its name. Throws with what the engine said. */
  build(image: ImageBuild): void;
  /** Writes an image into an OCI layout, compressed, under a reference. */
  export(name: string, layout: string, reference: string): void;
}

/** 1 to 9. The ninth takes six times as long as the eighth and saves half a percent. */
const compressionLevel = "8";

/** Why images cannot be built here, with the remedy; `undefined` where they can. */
export const missingEngine = (): string | undefined => {
  const { error } = spawnSync("buildah", ["--version"], { stdio: "ignore" });
  if (error !== undefined) return "images are built by buildah, which is not installed. fix: apt-get install buildah";
  for (const [program, remedy] of [
    ["dpkg-deb", "apt-get install dpkg"],
    ["apt-get", "build on a Debian or Ubuntu system"],
  ] as const)
    if (spawnSync(program, ["--version"], { stdio: "ignore" }).error !== undefined) return `the base image needs ${program}. fix: ${remedy}`;
  return undefined;
};

/** The engine with a storage of its own below `folder`: nothing that was built otherwise gets into an image. */
export const openBuildah = (folder: string): Engine => {
  const [storage, run] = [join(folder, "storage"), join(folder, "run")];
  for (const path of [storage, run]) mkdirSync(path, { recursive: true });
  const call = (command: string, ...args: string[]): void => {
    try {
      execFileSync("buildah", ["--root", storage, "--runroot", run, command, ...args], { stdio: ["ignore", "pipe", "pipe"], maxBuffer: 2 ** 26 });
    } catch (cause) {
      const { stderr = "" } = cause as { stderr?: Buffer | string };
      throw new Error(`buildah ${command} failed: ${stderr.toString().trim().split("\n").slice(-8).join("\n")}`, { cause });
    }
  };
  return {
    version: execFileSync("buildah", ["--version"], { encoding: "utf8" }).trim(),
    build: ({ containerfile, context, architecture, name, args }) =>
      call(
        "build",
        ...["--platform", `linux/${architecture}`, "--file", containerfile, "--tag", name],
        ...["--format", "oci", "--layers", "--identity-label=false", "--pull=false"],
        ...["--timestamp", String(layerTime.getTime() / 1_000)],
        // Its cache finds a label again whatever value the label's argument has now.
        ...(Object.keys(args).length > 0 ? ["--no-cache"] : []),
        ...Object.entries(args).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]),
        context,
      ),
    export: (name, layout, reference) =>
      call("push", "--quiet", "--compression-format", "gzip", "--compression-level", compressionLevel, name, `oci:${layout}:${reference}`),
  };
};
