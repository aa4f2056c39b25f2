import type { Finding } from "@fogline/findings";
import type { Cluster, Fleet } from "@fogline/fleet";
import { type Excepted, sarifLog, type TreeFiles } from "@fogline/gitops";
import { Worktree } from "@fogline/worktree";
import { type Checked, checkTrees, chosenClusters } from "../check.ts";
import type { Context } from "../context.ts";
import { exitFor } from "../exit.ts";
import { loadFleet, renderFleet } from "../render.ts";
import { version } from "../version.ts";

/** What `fogline check` can be told. */
export interface CheckOptions {
  /** `json` and `sarif` put one value on standard output. */
  readonly format?: "text" | "json" | "sarif";
  readonly cluster?: readonly string[];
  /** The committed trees instead of what the fleet renders. */
  readonly onDisk?: boolean;
}

/** The fleet with what was found, from reading it to the last rule. */
interface Outcome {
  readonly fleet?: Fleet;
  readonly findings: readonly Finding[];
  readonly excepted: readonly Excepted[];
  readonly clusters: number;
  readonly objects: number;
  readonly files: number;
}

/** `fogline check`: the fleet file, the settings of its workloads, every object against its schema, and every tree against the rules. */
export const checkCommand = async ({ output, repository, clock }: Context, options: CheckOptions = {}): Promise<void> => {
  const startedMs = clock.monotonicMs();
  const outcome = await look(await Worktree.open(repository), options, clock.now());
  const { fleet, findings, excepted } = outcome;
  output.findings(findings);
  if (options.format === "sarif") output.value(sarifLog(findings, excepted, { version }));
  else {
    output.value({
      findings,
      excepted: excepted.map(({ finding, exception }) => ({ ...finding, reason: exception.reason, until: exception.until })),
      clusters: fleet === undefined ? null : outcome.clusters,
      devices: fleet?.devices.length ?? null,
      objects: outcome.objects,
      files: outcome.files,
    });
  }
  const seconds = ((clock.monotonicMs() - startedMs) / 1_000).toFixed(1);
  const scope = fleet === undefined ? "the fleet file" : `${plural(outcome.clusters, "cluster")}, ${plural(outcome.objects, "object")}`;
  output.line(`${scope}, ${seconds} s: ${summary(outcome)}`);
  exitFor(findings);
};

const look = async (worktree: Worktree, { cluster: names, onDisk = false }: CheckOptions, nowMs: number): Promise<Outcome> => {
  const { fleet, findings } = await loadFleet(worktree);
  if (fleet === undefined) return { findings, excepted: [], clusters: 0, objects: 0, files: 0 };
  const chosen = chosenClusters(fleet, names);
  const rendered = onDisk ? undefined : renderFleet(fleet);
  const trees = rendered === undefined ? await committed(worktree, chosen) : byCluster(rendered.files);
  // A tree that did not come about has no objects to judge: what kept it is among the findings of render.
  const clusters = chosen.filter(({ name }) => onDisk || trees.has(name));
  const checked: Checked = checkTrees(fleet, clusters, (name) => trees.get(name) ?? new Map(), { nowMs, foreign: onDisk });
  return {
    fleet,
    findings: [...findings, ...(rendered?.findings ?? []), ...checked.findings],
    excepted: checked.excepted,
    clusters: chosen.length,
    objects: checked.objects,
    files: [...trees.values()].reduce((sum, files) => sum + files.size, 0),
  };
};

const committed = async (worktree: Worktree, clusters: readonly Cluster[]): Promise<ReadonlyMap<string, TreeFiles>> =>
  new Map(await Promise.all(clusters.map(async ({ name }) => [name, await worktree.files(`clusters/${name}`)] as const)));

const byCluster = (files: TreeFiles): ReadonlyMap<string, TreeFiles> =>
  new Map([...Map.groupBy(files, ([path]) => path.split("/", 2)[1] ?? "")].map(([name, entries]) => [name, new Map(entries)]));

const summary = ({ findings, excepted }: Outcome): string => {
  const count = (severity: string): number => findings.filter((finding) => finding.severity === severity).length;
  const notes = count("info");
  return [
    plural(count("error"), "error"),
    plural(count("warning"), "warning"),
    ...(notes === 0 ? [] : [plural(notes, "note")]),
    ...(excepted.length === 0 ? [] : [`${excepted.length} excepted`]),
  ].join(", ");
};

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;
