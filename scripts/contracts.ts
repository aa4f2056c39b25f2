/**
 * `npm run contracts`: writes packages/contracts/contracts.json, what the contracts say to others, from the declarations, and their comments into
 * packages/contracts/src/openapi/comments.ts, which the API's document quotes. With --released the former also becomes the released state that later contracts may only add to; refused when something in it would break.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv, execPath, exit } from "node:process";
import { breakingChanges, type PublishedContract, publish } from "@fogline/contracts/published";
import { commentsFile, commentsText } from "./contract-comments.ts";
import { root } from "./root.ts";
import { show } from "./step.ts";

const folder = join(root, "packages/contracts");
const current = join(folder, "contracts.json");
const released = join(folder, "released.json");

const contracts = publish((await import(join(folder, "src/index.ts"))) as Record<string, unknown>);
const written = [current];

if (argv.includes("--released")) {
  const before = existsSync(released) ? (JSON.parse(readFileSync(released, "utf8")) as PublishedContract[]) : [];
  const breaking = breakingChanges(before, contracts);
  for (const { severity, path, message } of breaking) console.error(`${severity}  ${path}: ${message}`);
  if (breaking.some(({ severity }) => severity === "error")) {
    console.error("the contracts break what was released. fix: keep the old declaration beside the new one");
    exit(1);
  }
  written.push(released);
}
for (const file of written) writeFileSync(file, JSON.stringify(contracts, null, 2));
writeFileSync(commentsFile, commentsText());
written.push(commentsFile);
exit(await show(execPath, [join(root, "node_modules/@biomejs/biome/bin/biome"), "format", "--write", ...written]));
