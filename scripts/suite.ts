/**
 * Runs one of the slower suites of vitest.config.ts: `suite.ts system`, `suite.ts pages`, `suite.ts api`. Further arguments go to vitest.
 * A suite whose program is not installed says so and passes, because npm cannot install that program.
 */
import { argv, execPath, exit } from "node:process";
import { findSchemathesis } from "./schemathesis.ts";
import { show } from "./step.ts";
import { findChromium, missing } from "./tools.ts";

const suites = ["system", "pages", "api"];
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
for (const sentence of suite === "system" ? missing() : []) console.log(`did not run: ${sentence}`);

const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=.cache/reports/${suite}.json`];
exit(await show(execPath, ["node_modules/vitest/vitest.mjs", "run", "--project", suite, "--passWithNoTests", ...reporters, ...rest]));
