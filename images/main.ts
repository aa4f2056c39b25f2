/**
 * `npm run images`: builds the container images of the workloads into `.cache/images/oci`, for amd64 and arm64.
 * `npm run images -- gateway agent` builds those two. docs/container-images.md tells what is in them.
 */
import { argv, env, exit, stderr, stdout } from "node:process";
import { parseArgs } from "node:util";
import { describeBytes } from "@fogline/units";
import { buildImages } from "./build.ts";
import { missingEngine } from "./buildah.ts";
import { updateDebianLock } from "./debian.ts";
import type { LaidImage } from "./layout.ts";
import { architectures, imageNames, layoutFolder } from "./sources.ts";

const usage = `usage: npm run images -- [${imageNames.join("] [")}] [--base <image>] [--json]\n       npm run images -- --update-base`;

const read = () => {
  try {
    return parseArgs({
      args: argv.slice(2),
      allowPositionals: true,
      options: { base: { type: "string" }, json: { type: "boolean", default: false }, "update-base": { type: "boolean", default: false } },
    });
  } catch (thrown) {
    stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n${usage}\n`);
    return exit(2);
  }
};

const downloadBytes = ({ platforms }: LaidImage, architecture: (typeof architectures)[number]): number =>
  platforms[architecture].layers.reduce((sum, { size }) => sum + size, 0);

const main = async (): Promise<void> => {
  const { values, positionals } = read();
  const names = imageNames.filter((name) => positionals.length === 0 || positionals.includes(name));
  const unknown = positionals.find((name) => !imageNames.some((known) => known === name));
  if (unknown !== undefined) {
    stderr.write(`there is no image ${JSON.stringify(unknown)}\n${usage}\n`);
    exit(2);
  }
  const missing = missingEngine();
  if (missing !== undefined) throw new Error(missing);
  if (values["update-base"]) {
    for (const { name, version } of updateDebianLock().amd64) stdout.write(`${name} ${version}\n`);
    return;
  }
  const say = (text: string): void => void (values.json ? stderr : stdout).write(`${text}\n`);
  const { source, images } = await buildImages({ names, environment: env, say, ...(values.base === undefined ? {} : { base: values.base }) });
  if (values.json) {
    stdout.write(`${JSON.stringify({ layout: layoutFolder, source, images }, null, 2)}\n`);
    return;
  }
  const width = Math.max(...names.map((name) => name.length));
  say("");
  for (const image of images) {
    const sizes = architectures.map((architecture) => `${architecture} ${describeBytes(downloadBytes(image, architecture))}`);
    say(`${image.name.padEnd(width)}  ${image.index.digest.slice(0, 19)}  ${sizes.join("  ")}`);
  }
  say(`\n${layoutFolder}, from ${source.revision.slice(0, 12)}${source.revision.endsWith("-dirty") ? ", with changes that are not committed" : ""}`);
};

await main().catch((thrown: unknown) => {
  stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  exit(1);
});
