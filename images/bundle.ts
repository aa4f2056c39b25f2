/** A workload as an image has it: one bundled file, and for the gateway the built pages. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Metafile } from "esbuild";
import { buildDashboard } from "../scripts/dashboard.ts";
import { root } from "../scripts/root.ts";
import { normaliseModes } from "./files.ts";
import { type ImageName, workFolder } from "./sources.ts";

/** A package of npm, or of this repository, that a bundle holds. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** As its package.json says it: an SPDX expression where it is well written. */
  readonly license: string;
  /** Where it lies. */
  readonly folder: string;
}

export interface Bundle {
  /** The build context of the workload's Containerfile. */
  readonly folder: string;
  readonly packages: readonly BundledPackage[];
}

/** Much of what is bundled is CommonJS and asks for Node's own modules with require. */
const banner = 'import { createRequire as fogline_require } from "node:module"; const require = fogline_require(import.meta.url);';

const bundle = async (name: ImageName, folder: string): Promise<Metafile> => {
  const { metafile } = await build({
    // Paths in the output, which begin here, are the same wherever the repository lies.
    absWorkingDir: root,
    entryPoints: [`workloads/${name}/src/main.ts`],
    outfile: join(folder, "main.mjs"),
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    minifySyntax: true,
    legalComments: "none",
    metafile: true,
    logLevel: "error",
    banner: { js: banner },
    // Native helpers that are optional.
    external: ["bufferutil", "utf-8-validate", "pg-native"],
  });
  return metafile;
};

/** The folder of the package that a bundled file belongs to. */
const packageFolder = (input: string): string | undefined =>
  /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? /^((?:packages\/adapters|packages|workloads)\/[^/]+)\//.exec(input)?.[1];

/** The packages in a bundle, sorted by name and version. */
export const packagesIn = (metafile: Metafile): BundledPackage[] => {
  const folders = new Set(Object.keys(metafile.inputs).flatMap((input) => packageFolder(input) ?? []));
  const read = (folder: string): BundledPackage => {
    const text = readFileSync(join(root, folder, "package.json"), "utf8");
    const { name, version, license = "" } = JSON.parse(text) as { name: string; version: string; license?: string };
    return { name, version, license, folder };
  };
  // One version may lie in several folders.
  const byName = new Map([...folders].map(read).map((one) => [`${one.name}@${one.version}`, one]));
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
};

/** What the licences of others ask for: their texts, beside the program that holds their code. */
const licencesOf = (packages: readonly BundledPackage[]): string => {
  const textOf = ({ folder, license }: BundledPackage): string => {
    const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
    return file === undefined ? `License: ${license}` : readFileSync(join(root, folder, file), "utf8").trim();
  };
  const others = packages.filter(({ folder }) => folder.includes("node_modules/"));
  return others.map((one) => `${one.name} ${one.version}\n\n${textOf(one)}\n`).join(`\n${"-".repeat(72)}\n\n`);
};

/** Bundles a workload into a folder, with the licences of what is in it. */
export const bundleWorkload = async (name: ImageName, folder: string): Promise<readonly BundledPackage[]> => {
  const packages = packagesIn(await bundle(name, folder));
  if (!existsSync(join(folder, "main.mjs"))) throw new Error(`esbuild made no program of workloads/${name}`);
  writeFileSync(join(folder, "LICENSES.txt"), licencesOf(packages));
  cpSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  return packages;
};

/** Lays what the Containerfile of a workload copies. */
export const layWorkload = async (name: ImageName): Promise<Bundle> => {
  const folder = join(workFolder, "context", name);
  rmSync(folder, { recursive: true, force: true });
  const program = join(folder, "app");
  // What the program remembers lies in a volume; where there is none, in this folder.
  mkdirSync(join(folder, "state"), { recursive: true });
  const packages = await bundleWorkload(name, program);
  if (name === "gateway") cpSync((await buildDashboard()).folder, join(program, "pages"), { recursive: true });
  normaliseModes(folder);
  return { folder, packages };
};
