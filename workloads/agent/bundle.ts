import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Metafile } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

/** The agent as one file that Node 24 runs on a device, with nothing beside it. Answers what went into it. */
export const bundleAgent = async (outputFolder = join(here, "dist")): Promise<Metafile> => {
  rmSync(outputFolder, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: [join(here, "src/main.ts")],
    outfile: join(outputFolder, "agent.mjs"),
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    minifySyntax: true,
    legalComments: "none",
    metafile: true,
    logLevel: "silent",
    // ws is CommonJS and asks for Node's own modules with require; its native helpers are optional and stay out.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    external: ["bufferutil", "utf-8-validate"],
  });
  return metafile;
};

/** The packages of npm that a bundle holds. */
export const packagesIn = (metafile: Metafile): readonly string[] => [
  ...new Set(Object.keys(metafile.inputs).flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [])),
];

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const metafile = await bundleAgent(process.argv[2]);
  for (const [path, { bytes }] of Object.entries(metafile.outputs))
    process.stdout.write(`${path} ${bytes} bytes: ${packagesIn(metafile).join(", ")}\n`);
}
