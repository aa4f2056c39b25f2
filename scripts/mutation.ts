/**
 * `npm run test:mutation`: changes the code of the pure core in small ways and looks whether a test notices. Slow, so by hand only.
 * `npm run test:mutation -- fleet` takes the packages from its arguments. Values computed at import (tables, schemas) are left as they are,
 * because each such change needs every test again; `--static` changes them too. Stryker is installed below .cache on first use.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { argv, env, execPath, exit } from "node:process";
import { root } from "./root.ts";
import { show } from "./step.ts";

const version = "10.1.1";
/** Percent of changes that a test must notice; below it the command fails. */
const scoreMin = 80;

const home = join(root, ".cache", "mutation");
const stryker = join(home, "node_modules", "@stryker-mutator");

const install = (): void => {
  if (existsSync(join(stryker, "vitest-runner", "package.json"))) return;
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const wanted = ["core", "vitest-runner"].map((name) => `@stryker-mutator/${name}@${version}`);
  const asked = ["install", "--save-exact", "--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", ...wanted];
  if (spawnSync("npm", asked, { cwd: home, stdio: "inherit" }).status !== 0) {
    console.error("npm could not install Stryker. fix: check the network, then run this again");
    exit(3);
  }
};

const chosen = argv.slice(2).filter((argument) => argument !== "--static");
const packages = chosen.length > 0 ? chosen : ["fleet", "placement", "contracts"];
const unknown = packages.filter((name) => !existsSync(join(root, "packages", name, "src")));
if (unknown.length > 0) {
  console.error(`there is no package ${unknown.join(", ")} below packages/. fix: name folders such as fleet`);
  exit(2);
}
install();

const config = join(home, "stryker.json");
writeFileSync(
  config,
  JSON.stringify({
    mutate: packages.flatMap((name) => [`packages/${name}/src/**/*.ts`, `!packages/${name}/src/**/*.test.ts`]),
    testRunner: "vitest",
    plugins: [join(stryker, "vitest-runner", "dist", "src", "index.js")],
    vitest: { configFile: "scripts/mutation.vitest.ts", related: false },
    coverageAnalysis: "perTest",
    ignorePatterns: [".cache", ".fogline", "/clusters/dev", "/docs", "/bench", "/test"],
    ignoreStatic: !argv.includes("--static"),
    tempDirName: ".cache/mutation/sandbox",
    incremental: true,
    incrementalFile: ".cache/mutation/incremental.json",
    reporters: ["clear-text", "progress-append-only", "json"],
    jsonReporter: { fileName: ".cache/mutation/report.json" },
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
    allowConsoleColors: false,
    concurrency: Math.max(1, Math.min(4, availableParallelism())),
    thresholds: { high: 90, low: scoreMin, break: scoreMin },
  }),
);
exit(await show(execPath, [join(stryker, "core", "bin", "stryker.js"), "run", config], { ...env, FOGLINE_MUTATED: packages.join(",") }));
