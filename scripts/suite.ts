/**
 * Runs one of the slower suites of vitest.config.ts: `suite.ts system`, `suite.ts cluster`, `suite.ts pages`, `suite.ts images`, `suite.ts compose`, `suite.ts bootstrap`, `suite.ts api`. Further arguments go to vitest.
 * A suite whose program is not installed says so and passes, because npm cannot install that program.
 */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import process, { argv, env, execPath, exit } from "node:process";
import { inNamespaces, mayUnshare, targetNamespaces } from "./namespaces.ts";
import { findSchemathesis } from "./schemathesis.ts";
import { runAll, show } from "./step.ts";
import { count } from "./tally.ts";
import { findChromium, findTool, missing, missingForBootstrap, missingForCluster, missingForCompose, missingForImages } from "./tools.ts";

const suites = ["system", "cluster", "pages", "images", "compose", "bootstrap", "api"];

/** How many tests the suite cluster has: a file that is not found, or a test that is skipped, must not look like success. */
const clusterTests = 312;

const [suite = "", ...rest] = argv.slice(2);
if (!suites.includes(suite)) {
  console.error(`there is no suite ${JSON.stringify(suite)}. fix: name one of ${suites.join(", ")}`);
  exit(2);
}
if (suite === "pages" && findChromium() === undefined) {
  console.log("did not run: the suite pages needs Chromium. fix: apt-get install chromium, or name one in FOGLINE_CHROMIUM");
  exit(0);
}
if (suite === "api" && findSchemathesis() === undefined) {
  console.log("did not run: the suite api needs schemathesis, a Python program. fix: npm run install:api");
  exit(0);
}
const needs: Readonly<Record<string, () => string[]>> = { images: missingForImages, compose: missingForCompose, bootstrap: missingForBootstrap };
const notInstalled = needs[suite]?.() ?? [];
if (notInstalled.length > 0) {
  for (const sentence of notInstalled) console.log(`did not run: ${sentence}`);
  exit(0);
}
// Docker and targets lay bridges, mounts and rules of a firewall: in namespaces of their own they are nobody else's. What a target runs ends with the suite.
// The processes of the suite system have addresses of their own for each file, where this machine gives them out.
const namespaces: Readonly<Record<string, readonly string[]>> = {
  compose: ["--net"],
  bootstrap: targetNamespaces,
  ...(suite === "system" && mayUnshare() ? { system: ["--net"] } : {}),
};
const own = namespaces[suite];
const alone = own === undefined ? [] : inNamespaces(own);
/** Files of these wait most of the time, and each has namespaces of its own: two at once take little more than half as long. */
const inTwoLanes = (suite === "bootstrap" || suite === "system") && own !== undefined;
// It needs a mirror of packages, and the targets have no way out.
if (suite === "bootstrap" && (await show(execPath, ["test/bootstrap/testing/base.ts"])) !== 0) exit(1);
if (suite === "images" || suite === "compose") {
  const [program = "", ...args] = [...alone, execPath, "test/images/testing/probe.ts", suite === "compose" ? "bridge" : "none"];
  const probed = spawnSync(program, args, { encoding: "utf8" });
  if (probed.status !== 0) {
    console.log(`did not run: the suite ${suite} needs a dockerd, and none starts here: ${probed.stdout}${probed.stderr}`);
    exit(0);
  }
  if (suite === "images" && findTool("cosign") === undefined)
    console.log("did not run: cosign is not built, so its word on signatures is not asked. fix: npm run tools -- cosign");
  // Their files look at the images that were built last.
  if ((await show(execPath, ["images/main.ts"])) !== 0) exit(1);
}
const notBuilt = suite === "cluster" ? missingForCluster() : [];
if (notBuilt.length > 0) {
  console.log(`did not run: the suite cluster needs ${notBuilt.join(", ")}. fix: npm run tools, which needs Go and takes about ten minutes`);
  exit(env.CI === undefined ? 0 : 1);
}
for (const sentence of suite === "system" ? missing() : []) console.log(`did not run: ${sentence}`);

const vitest = (report: string, words: readonly string[]): readonly string[] => [
  ...[...alone, execPath, "node_modules/vitest/vitest.mjs", "run", "--project", suite, "--passWithNoTests"],
  ...["--reporter=default", "--reporter=json", `--outputFile.json=.cache/reports/${report}.json`, ...words],
];

/** Each file by a process of its own, with a report of its own; two at once. */
const showFiles = async (files: readonly string[]): Promise<number> => {
  const steps = files.map((file) => {
    const name = basename(file, ".test.ts");
    const [command = "", ...args] = vitest(`${suite}-${name}`, [file]);
    return { name, command, args };
  });
  const outcomes = await runAll(steps, 2, ({ output }) => void process.stdout.write(output));
  return outcomes.every(({ passed }) => passed) ? 0 : 1;
};
const files = rest.length === 0 ? globSync(`test/${suite}/*.test.ts`).toSorted() : rest;
const onlyFiles = files.every((word) => word.endsWith(".test.ts"));
const [program = "", ...args] = vitest(suite, rest);
const code = inTwoLanes && onlyFiles && files.length > 1 ? await showFiles(files) : await show(program, args);
if (suite === "cluster" && rest.length === 0 && code === 0) {
  const { passed } = count(JSON.parse(readFileSync(".cache/reports/cluster.json", "utf8")));
  if (passed !== clusterTests) {
    console.log(
      `${passed} cluster tests passed, and there are ${clusterTests}. fix: correct clusterTests in scripts/suite.ts where tests came or went`,
    );
    exit(1);
  }
}
exit(code);
