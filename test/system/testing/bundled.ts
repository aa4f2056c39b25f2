import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../../../scripts/root.ts";

/** One file with a program and everything it imports, for programs that a test starts again and again. Returns its path. */
export const bundled = async (program: string): Promise<string> => {
  const outfile = join(root, ".cache/system", `${program}.mjs`);
  await build({
    entryPoints: [join(root, "test/system/testing", `${program}.ts`)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
    banner: { js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);' },
  });
  return outfile;
};
