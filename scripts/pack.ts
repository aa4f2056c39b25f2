/**
 * Packs the `fogline` command as npm publishes it: one folder with everything bundled, because Node does not run TypeScript below node_modules.
 * `pack.ts client` packs the typed client instead. Prints the path of the archive.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { build } from "esbuild";
import { bundleAgent } from "../workloads/agent/bundle.ts";
import { chartsDeclarations, chartsEntry } from "./pack-charts.ts";
import { packClient } from "./pack-client.ts";
import { root } from "./root.ts";

const cli = join(root, "packages/cli");

/** The programs of the package: the command itself, what `fogline up` starts as processes of their own, and what users write charts with. */
const entryPoints = {
  main: join(cli, "src/main.ts"),
  agent: join(root, "workloads/agent/src/main.ts"),
  simulation: join(root, "packages/simulation/src/main.ts"),
  charts: join(root, "packages", chartsEntry),
};

// Much of what is bundled is CommonJS and asks for Node's own modules with require.
const banner = 'import { createRequire as fogline_require } from "node:module"; const require = fogline_require(import.meta.url);';

/** Makes the package in `folder`, which is emptied first, and packs it there. Answers the path of the archive. */
export const pack = async (folder: string): Promise<string> => {
  rmSync(folder, { recursive: true, force: true });
  const made = join(folder, "package");
  mkdirSync(join(made, "bin"), { recursive: true });
  await build({
    entryPoints,
    outdir: join(made, "dist"),
    bundle: true,
    // Shared chunks, and `fogline up` loads the hub only when it is asked for.
    splitting: true,
    platform: "node",
    target: "node24",
    format: "esm",
    minifySyntax: true,
    legalComments: "linked",
    logLevel: "error",
    banner: { js: banner },
    external: ["bufferutil", "utf-8-validate"],
  });
  writeFileSync(join(made, "dist/charts.d.ts"), chartsDeclarations());
  cpSync(join(cli, "bin/fogline.js"), join(made, "bin/fogline.js"));
  chmodSync(join(made, "bin/fogline.js"), 0o755);
  // What `fogline bootstrap` lays on machines: roles, and the agent as the one file that a device gets.
  cpSync(join(root, "bootstrap/ansible"), join(made, "bootstrap/ansible"), {
    recursive: true,
    filter: (path) => !/\/(tests|__pycache__)$/.test(path),
  });
  await bundleAgent(join(made, "dist/device"));
  const pages = join(root, "workloads/gateway/dashboard/dist");
  if (existsSync(pages)) cpSync(pages, join(made, "dist/dashboard"), { recursive: true });
  cpSync(join(root, "LICENSE"), join(made, "LICENSE"));
  writeFileSync(join(made, "package.json"), `${JSON.stringify(manifest(), null, 2)}\n`);
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: made, encoding: "utf8" });
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  return join(folder, filename);
};

/** The manifest: no dependencies but Node 24 itself, where the platform has it on npm. */
const manifest = () => {
  const read = (path: string) => JSON.parse(readFileSync(path, "utf8")) as Record<string, Record<string, string> | string>;
  const ours = read(join(cli, "package.json"));
  const repository = read(join(root, "package.json"));
  return {
    name: "fogline",
    version: ours.version,
    description: repository.description,
    license: ours.license,
    type: "module",
    engines: repository.engines,
    bin: { fogline: "bin/fogline.js" },
    exports: { "./charts": { types: "./dist/charts.d.ts", default: "./dist/charts.js" }, "./package.json": "./package.json" },
    files: ["bin", "dist", "bootstrap", "LICENSE"],
    optionalDependencies: repository.optionalDependencies,
  };
};

if (import.meta.main) console.log(await (argv[2] === "client" ? packClient(join(root, ".cache/pack-client")) : pack(join(root, ".cache/pack"))));
