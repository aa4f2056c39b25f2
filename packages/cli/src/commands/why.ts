import { parseFleet, readFleetDocument } from "@fogline/fleet";
import { type Cause, why } from "@fogline/gitops";
import { Worktree } from "@fogline/worktree";
import type { Context } from "../context.ts";
import { Exit, exitCodes } from "../exit.ts";
import { loadInputs } from "../inputs.ts";
import { loadCharts } from "../own-charts.ts";

/** `fogline why <cluster> <object> <field>`: which line of the fleet file, and which chart, a rendered value comes from. */
export const whyCommand = async ({ output, repository }: Context, cluster: string, object: string, field: string): Promise<void> => {
  const worktree = await Worktree.open(repository);
  const files = await worktree.fleetFiles();
  const { fleet, findings } = parseFleet(files);
  const charts = await loadCharts(worktree);
  const { inputs, findings: ofInputs } = await loadInputs(worktree);
  const problems = [...findings, ...charts.findings, ...ofInputs];
  if (fleet === undefined || problems.some(({ severity }) => severity === "error")) {
    output.findings(problems);
    output.value({ findings: problems });
    throw new Exit(exitCodes.findings);
  }
  const answer = why({ cluster, object, field }, { document: readFleetDocument(files), fleet, charts: charts.charts, inputs });
  output.value({ why: answer });
  output.line(`${answer.cluster}  ${answer.object}  ${answer.field} = ${shown(answer.value)}`);
  for (const cause of answer.causes) for (const line of causeLines(cause, output.colours.dim)) output.line(line);
  if (answer.causes.length === 0) output.line("  the chart says so everywhere");
  output.line(`  built by ${answer.chart}  ${output.colours.dim(answer.file)}`);
};

const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

const layerWidth = 8;

const causeLines = ({ name, value, said }: Cause, dim: (text: string) => string): string[] => {
  const covered = said.slice(0, -1).toReversed();
  const last = said.at(-1);
  const where = (one: NonNullable<typeof last>): string => `${one.layer.padEnd(layerWidth)}  ${dim(`${one.place.file}:${one.place.line}`)}`;
  if (last === undefined) return [`  ${name}: ${value === undefined ? "not stated" : shown(value)}  ${dim("by default")}`];
  return [`  ${name}: ${shown(last.value)}  ${where(last)}`, ...covered.map((one) => `    instead of ${shown(one.value)}  ${where(one)}`)];
};
