/**
 * `npm test`: everything that must hold before a commit, in under three minutes on two cores.
 * With arguments (`npm test -- packages/fleet`) only vitest runs, with those arguments.
 */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { argv, execPath, exit } from "node:process";
import { root } from "./root.ts";
import { type Outcome, run, runAll, type Step, show } from "./step.ts";
import { line, tallyOf } from "./tally.ts";
import { missing } from "./tools.ts";

const node = (name: string, ...args: string[]): Step => ({ name, command: execPath, args });
const tsc = (name: string, project: string): Step =>
  node(
    name,
    "node_modules/typescript/bin/tsc",
    "-p",
    project,
    "--noEmit",
    "--incremental",
    "--tsBuildInfoFile",
    `.cache/tsc/${project.replaceAll("/", "-")}.tsbuildinfo`,
  );

const cli = "packages/cli/src/main.ts";
const vitest = ["node_modules/vitest/vitest.mjs", "run", "--project", "unit"];

/** The checks that only read, slowest first so that two lanes end together. */
const checks: Step[] = [
  tsc("types", "tsconfig.json"),
  tsc("types of pure packages", "tsconfig.pure.json"),
  tsc("types of the pages", "workloads/gateway/dashboard/tsconfig.json"),
  node("dead code", "node_modules/knip/bin/knip.js", "--no-progress", "--no-config-hints"),
  node("imports", "scripts/imports.ts"),
  node("format and lint", "node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."),
  node("requirements", "scripts/requirements.ts", "--quiet"),
  node("generated reference", "scripts/docs.ts", "--check"),
  node("fields of the models", "scripts/fields.ts", "--check"),
  ...(existsSync(join(root, cli)) ? [node("rendered tree", cli, "render", "--check")] : []),
];

const row = ({ name, passed, seconds }: Outcome): string => `${passed ? "passed" : "FAILED"}  ${seconds.toFixed(1).padStart(6)} s  ${name}`;

const everything = async (): Promise<boolean> => {
  const report = ".cache/reports/unit.json";
  mkdirSync(join(root, ".cache/reports"), { recursive: true });
  rmSync(join(root, report), { force: true });
  const tell = (outcome: Outcome): void => console.log(row(outcome));
  const outcomes = await runAll(checks, Math.min(2, availableParallelism()), tell);
  const tests = await run(node("tests", ...vitest, "--passWithNoTests", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`));
  tell(tests);
  const failures = [...outcomes, tests].filter(({ passed }) => !passed);
  for (const { name, output } of failures) console.log(`\n--- ${name} failed ---\n${output.trimEnd()}`);
  if (failures.length > 0) console.log(`\nfailed: ${failures.map(({ name }) => name).join(", ")}`);
  for (const sentence of missing()) console.log(`did not run: ${sentence}`);
  console.log(line(tallyOf([join(root, report)])));
  return failures.length === 0;
};

const chosen = argv.slice(2);
exit(chosen.length > 0 ? await show(execPath, [...vitest, ...chosen]) : (await everything()) ? 0 : 1);
