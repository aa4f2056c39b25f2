import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { root } from "../../../scripts/root.ts";

/** One file with a program and everything it imports, for programs that a test starts again and again. Returns its path. */
export const bundled = async (program: URL): Promise<string> => {
  const entry = fileURLToPath(program);
  const outfile = join(root, ".cache/system", `${basename(entry, ".ts")}.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
    banner: { js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);' },
  });
  return outfile;
};
