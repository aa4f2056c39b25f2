/** Finds the heavier programs that some suites need and npm cannot install. */
import { existsSync, readdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { env, geteuid } from "node:process";
import { findTool, missingTools } from "@fogline/dev-cluster/tools";

export { findTool, toolsFolder } from "@fogline/dev-cluster/tools";

const firstExisting = (paths: readonly string[]): string | undefined => paths.find((path) => existsSync(path));

const onPath = (name: string): string | undefined => firstExisting((env.PATH ?? "").split(delimiter).map((folder) => join(folder, name)));

/** Path of a Chromium: the one FOGLINE_CHROMIUM names, else Debian's, else one on PATH. */
export const findChromium = (): string | undefined =>
  env.FOGLINE_CHROMIUM ?? firstExisting(["/usr/bin/chromium"]) ?? onPath("chromium") ?? onPath("google-chrome");

const debianPostgres = "/usr/lib/postgresql";

/** Path of PostgreSQL's `pg_ctl`: the newest of Debian's versions, else one on PATH. */
export const findPostgres = (): string | undefined => {
  const versions = existsSync(debianPostgres) ? readdirSync(debianPostgres).sort((a, b) => Number(b) - Number(a)) : [];
  return firstExisting(versions.map((version) => join(debianPostgres, version, "bin", "pg_ctl"))) ?? onPath("pg_ctl");
};

/** Pulumi and the plugins that stacks run with. Of those that are there the ones that `npm run tools -- pulumi` builds come first. */
const pulumiPrograms = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-kubernetes"];

/** The folders that have them, to be put in front of PATH; nothing where one of them is nowhere. */
export const findPulumi = (): string[] | undefined => {
  const found = pulumiPrograms.map((name) => findTool(name) ?? onPath(name));
  const folders = found.flatMap((path) => (path === undefined ? [] : [dirname(path)]));
  return folders.length < pulumiPrograms.length ? undefined : [...new Set(folders)];
};

/** What the suite cluster needs beside a cluster. */
const clusterTools = ["flux-operator-config", "kustomize", "registry", "sops"];

/** What of all that is not there. */
export const missingForCluster = (): string[] => [...missingTools(), ...clusterTools.filter((name) => findTool(name) === undefined)];

/** Nix, which reads and evaluates the flake. */
export const findNix = (): string | undefined => onPath("nix-instantiate");

/** What the suite images needs and has not, each with its remedy. */
export const missingForImages = (): string[] => [
  ...["buildah", "dockerd", "docker", "qemu-aarch64-static"].flatMap((name) =>
    onPath(name) === undefined ? [`the suite images needs ${name}. fix: apt-get install buildah docker.io qemu-user-static`] : [],
  ),
  ...(findTool("registry") === undefined ? ["the suite images needs a registry. fix: npm run tools -- registry, which needs Go"] : []),
  ...(geteuid?.() === 0 ? [] : ["the suite images starts a dockerd of its own, which only root may. fix: sudo npm run test:images"]),
];

/** What the suite compose needs and has not, each with its remedy. */
export const missingForCompose = (): string[] => [
  ...["buildah", "dockerd", "docker", "iptables", "ip"].flatMap((name) =>
    onPath(name) === undefined ? [`the suite compose needs ${name}. fix: apt-get install buildah docker.io iptables iproute2`] : [],
  ),
  ...["docker-compose", "nats-server"].flatMap((name) =>
    findTool(name) === undefined ? [`the suite compose needs ${name}. fix: npm run tools -- ${name}, which needs Go`] : [],
  ),
  ...(missingTools().length > 0 ? ["The embedded dev cluster is not built: `fogline dev` is not tried. fix: npm run tools, which needs Go"] : []),
  ...(findTool("kind") === undefined ? ["kind is not built: its configuration is not read by it. fix: npm run tools -- kind, which needs Go"] : []),
  ...(findNix() === undefined ? ["Nix is not installed: the flake is not evaluated. fix: apt-get install nix-bin"] : []),
  ...(findPostgres() === undefined ? ["the suite compose needs PostgreSQL. fix: apt-get install postgresql"] : []),
  ...(geteuid?.() === 0 ? [] : ["the suite compose starts a dockerd of its own, which only root may. fix: sudo npm run test:compose"]),
];

/** Sentences for the suites that will not run here, each with its remedy. */
export const missing = (): string[] => [
  ...(findTool("pebble") === undefined || findTool("docker-compose") === undefined
    ? [
        "Pebble and Docker Compose are not built: certificates by ACME and the compose file are not tried against them. fix: npm run tools, which needs Go",
      ]
    : []),
  ...(["sops", "age", "age-keygen"].some((name) => findTool(name) === undefined)
    ? ["SOPS and age are not built: encrypted secrets are not tried against them. fix: npm run tools, which needs Go"]
    : []),
  ...(findTool("nats-server") === undefined
    ? ["nats-server is not built: the bus over NATS and the hub as several processes are not tried. fix: npm run tools, which needs Go"]
    : []),
  ...(findPulumi() === undefined || missingForCluster().length > 0
    ? [
        "Pulumi or the test cluster is not built: stacks are not tried with the real engine. fix: npm run tools, then npm run tools -- pulumi pulumi-language-nodejs pulumi-kubernetes, which need Go",
      ]
    : []),
  ...(missingTools().length > 0 ? ["The embedded dev cluster is not built: `fogline dev` is not tried. fix: npm run tools, which needs Go"] : []),
  ...(findTool("kind") === undefined ? ["kind is not built: its configuration is not read by it. fix: npm run tools -- kind, which needs Go"] : []),
  ...(findNix() === undefined ? ["Nix is not installed: the flake is not evaluated. fix: apt-get install nix-bin"] : []),
  ...(findPostgres() === undefined ? ["PostgreSQL is not installed: its suites are skipped. fix: apt-get install postgresql"] : []),
];
