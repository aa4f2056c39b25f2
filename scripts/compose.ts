/**
 * `npm run compose`: the hub as several containers on this machine (docs/compose.md). Writes what this machine alone has into
 * `bootstrap/compose/local` (passwords and keys once, the nodes of the fleet each time), gives Docker the images that `npm run images` built,
 * starts everything, waits until it is well and says where it is. With arguments (`npm run compose -- down`) it hands them to Docker Compose.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { argv, env, execPath, exit, stderr, stdout } from "node:process";
import { readLayout } from "../images/layout.ts";
import { loadImages, ownArchitecture } from "../images/load.ts";
import { layoutFolder } from "../images/sources.ts";
import { composeFolder, prepareCompose } from "./compose-files.ts";
import { root } from "./root.ts";

const compose = ["compose", "--project-directory", composeFolder, "--file", join(composeFolder, "compose.yaml")];
const override = join(composeFolder, "compose.override.yaml");
if (existsSync(override)) compose.push("--file", override);

const fail = (text: string): never => {
  stderr.write(`${text}\n`);
  return exit(1);
};
const docker = (...args: readonly string[]): number => spawnSync("docker", args, { stdio: "inherit" }).status ?? 1;

if (spawnSync("docker", ["compose", "version"], { stdio: "ignore" }).status !== 0)
  fail("Docker with Compose is not here. fix: install Docker Engine and its plugin compose, https://docs.docker.com/engine/install/");

const local = env.FOGLINE_LOCAL ?? join(composeFolder, "local");
const given = argv.slice(2);
// What was prepared before is enough to look, to stop and to go on, also while the fleet file has errors.
if (given.length > 0 && existsSync(join(local, "fleet/nodes.json"))) exit(docker(...compose, ...given));

const nodes = spawnSync(execPath, [join(root, "packages/cli/src/main.ts"), "fleet", "nodes"], { cwd: root, encoding: "utf8" });
if (nodes.status !== 0) fail(`the fleet cannot be read:\n${nodes.stderr}`);
const url = `http://127.0.0.1:${env.FOGLINE_PORT ?? "3000"}`;
prepareCompose({ folder: local, nodes: nodes.stdout, url });
if (given.length > 0) exit(docker(...compose, ...given));

// Images of a registry are pulled; those of this checkout come from where they were built.
if (env.FOGLINE_IMAGES === undefined) {
  const architecture = ownArchitecture();
  if (architecture === undefined) throw new Error(`there are no images for ${process.arch}`);
  const images = existsSync(layoutFolder) ? readLayout(layoutFolder).filter(({ name }) => name !== "agent") : [];
  if (images.length === 0) fail("no images are built. fix: npm run images, or name a registry that has them: FOGLINE_IMAGES=ghcr.io/acme/fogline");
  stdout.write(`gives Docker ${images.map(({ name, version }) => `${name} ${version}`).join(", ")}\n`);
  loadImages(layoutFolder, images, architecture);
}
const code = docker(...compose, "up", "--detach", "--wait");
if (code !== 0) {
  stderr.write("not everything became well. What the containers said last:\n");
  docker(...compose, "logs", "--no-color", "--tail", "15");
  exit(code);
}
stdout.write(`\nthe hub runs at ${url}; the first way in, good for one sign-in within an hour:\n  npx fogline link --data ${join(local, "data")}\n`);
