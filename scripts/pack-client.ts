/** Packs `@fogline/client` as npm publishes it: one bundled file for Node and browsers, and declarations that name zod alone of other packages. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { declare } from "./declarations.ts";
import { root } from "./root.ts";

const client = join(root, "packages/client");
/** What the client is made of, all of which the types tell of. */
const parts = ["client", "contracts", "findings"] as const;
/** Makes the package in `folder`, which is emptied first, and packs it there. Answers the path of the archive. */
export const packClient = async (folder: string): Promise<string> => {
  rmSync(folder, { recursive: true, force: true });
  const made = join(folder, "package");
  mkdirSync(made, { recursive: true });
  await build({
    entryPoints: [join(client, "src/index.ts")],
    outfile: join(made, "dist/index.js"),
    bundle: true,
    platform: "neutral",
    target: "es2023",
    format: "esm",
    external: ["zod"],
    minifySyntax: true,
    legalComments: "linked",
    logLevel: "error",
  });
  declare("client/src/index.ts", parts, join(made, "types"));
  for (const [from, to] of [
    [join(client, "README.md"), "README.md"],
    [join(root, "LICENSE"), "LICENSE"],
  ] as const)
    cpSync(from, join(made, to));
  writeFileSync(join(made, "package.json"), `${JSON.stringify(manifest(), null, 2)}\n`);
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: made, encoding: "utf8" });
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  return join(folder, filename);
};

const manifest = () => {
  const ours = JSON.parse(readFileSync(join(client, "package.json"), "utf8")) as { version: string; license: string; dependencies: { zod: string } };
  return {
    name: "@fogline/client",
    version: ours.version,
    description: "A typed client of a Fogline hub, for Node and browsers.",
    license: ours.license,
    type: "module",
    engines: { node: ">=20" },
    exports: { ".": { types: "./types/client/src/index.d.ts", default: "./dist/index.js" } },
    files: ["dist", "types", "README.md", "LICENSE"],
    sideEffects: false,
    dependencies: { zod: ours.dependencies.zod },
  };
};
