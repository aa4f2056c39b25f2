/** What images are made of: which there are, for which machines, and where things lie. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/root.ts";

/** Every image, named after its workload. */
export const imageNames = ["agent", "gateway", "orchestrator", "policy", "scheduler"] as const;
export type ImageName = (typeof imageNames)[number];

/** Every architecture that npm has Node 24 for; there is no node-linux-riscv64. */
export const architectures = ["amd64", "arm64"] as const;
export type Architecture = (typeof architectures)[number];

/** Everything that is made or fetched on the way; git ignores it. */
export const workFolder = join(root, ".cache/images");
/** The OCI layout with every image. */
export const layoutFolder = join(workFolder, "oci");

/** The time in every layer and image: layers change with their content alone, so that a device pulls what is new and nothing else. */
export const layerTime = new Date(0);

/** What the images of one build say of where they come from. */
export interface Source {
  /** Of the packages, and the tag of the images. */
  readonly version: string;
  /** The commit; `-dirty` behind it where files differ from it. */
  readonly revision: string;
  /** When it was committed, RFC 3339 in UTC. */
  readonly created: string;
}

const git = (...args: string[]): string => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();

/** What is checked out. */
export const sourceOfHead = (): Source => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const dirty = git("status", "--porcelain") === "" ? "" : "-dirty";
  const created = new Date(git("log", "-1", "--format=%cI")).toISOString().replace(".000Z", "Z");
  return { version, revision: `${git("rev-parse", "HEAD")}${dirty}`, created };
};
