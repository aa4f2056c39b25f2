/**
 * `npm run requirements`: how much of docs/requirements.yaml is proved or decided, by area. `--json` for machines, `--quiet` for the sum
 * alone. Exits with 1 when a row names a test or a decision that does not exist.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { argv, exit } from "node:process";
import { parse } from "yaml";
import { type AreaCoverage, coverage, percent, problems, type Requirement, sum } from "./coverage.ts";
import { root } from "./root.ts";

const known = ["id", "seed", "heading", "says", "kind", "area", "same", "proof", "decision"];

const read = (path: string): string | undefined => {
  const file = join(root, path);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
};

const row = ({ area, proved, decided, open }: AreaCoverage, share: string): string =>
  [area.padEnd(26), ...[proved, decided, open].map((number) => String(number).padStart(8)), share.padStart(8)].join("");

const rows = parse(read("docs/requirements.yaml") ?? "[]") as Requirement[];
const unknown = rows.flatMap((requirement) =>
  Object.keys(requirement)
    .filter((key) => !known.includes(key))
    .map((key) => `${requirement.id}: unknown key ${key}. fix: use one of ${known.join(", ")}`),
);
const found = [...unknown, ...problems(rows, read)];
const areas = coverage(rows);
const total = sum(areas);

if (argv.includes("--json")) {
  const withPercent = (area: AreaCoverage): object => ({ ...area, percent: percent(area) });
  console.log(JSON.stringify({ areas: areas.map(withPercent), total: withPercent(total), problems: found }, undefined, 2));
} else {
  if (!argv.includes("--quiet")) {
    console.log(`${"area".padEnd(26)}  proved decided    open covered`);
    for (const area of areas) console.log(row(area, `${percent(area)} %`));
  }
  console.log(row(total, `${percent(total)} %`));
  for (const problem of found) console.error(problem);
}
exit(found.length === 0 ? 0 : 1);
