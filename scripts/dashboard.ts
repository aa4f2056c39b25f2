/**
 * Builds the pages into workloads/gateway/dashboard/dist when their sources changed since the last build, and is quick when not.
 * Run by itself it says what it did and how large the pages are.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { env, pid } from "node:process";
import { gzipSync } from "node:zlib";
import { root } from "./root.ts";

const folder = join(root, "workloads/gateway/dashboard");
const dist = join(folder, "dist");
const mark = join(dist, "sources.txt");

/** Below a folder, sorted, without what was built. */
const filesBelow = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !relative(path, file).startsWith("dist"))
    .sort();

const versionOf = (name: string): string => {
  const { version } = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")) as { version: string };
  return `${name}@${version}`;
};

/** Changes when a source of the pages or a tool that builds them does. */
const sourcesHash = (): string => {
  const hash = createHash("sha256").update(["production", ...["vite", "preact"].map(versionOf)].join());
  for (const file of filesBelow(folder)) hash.update(`\0${relative(folder, file)}\0`).update(readFileSync(file));
  return hash.digest("hex");
};

/** Vite builds for development where NODE_ENV says another word, as test runners do: larger pages, which hold the paths of this machine. */
const asInProduction = async <Value>(work: () => Promise<Value>): Promise<Value> => {
  const { NODE_ENV: before } = env;
  env.NODE_ENV = "production";
  try {
    return await work();
  } finally {
    if (before === undefined) delete env.NODE_ENV;
    else env.NODE_ENV = before;
  }
};

/** Builds the pages unless they are built already. Throws when they cannot be built; the pages built before stay as they are. */
export const buildDashboard = async (): Promise<{ readonly built: boolean; readonly folder: string }> => {
  const sources = sourcesHash();
  if (existsSync(mark) && readFileSync(mark, "utf8") === sources) return { built: false, folder: dist };
  const { build } = await import("vite");
  // Beside the old pages and then in their place, so that a running gateway never serves half of them.
  const fresh = join(root, `.cache/dashboard-${pid}`);
  await asInProduction(() => build({ configFile: join(folder, "vite.config.ts"), logLevel: "warn", build: { outDir: fresh } }));
  writeFileSync(join(fresh, "sources.txt"), sources);
  rmSync(dist, { recursive: true, force: true });
  renameSync(fresh, dist);
  return { built: true, folder: dist };
};

/** Bytes of the pages as a browser fetches them, compressed with gzip. */
export const compressedBytes = (): number => filesBelow(dist).reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);

if (import.meta.main) {
  const { built } = await buildDashboard();
  console.log(`the pages ${built ? "are built" : "were built already"}: ${(compressedBytes() / 1_000).toFixed(1)} kB compressed`);
}
