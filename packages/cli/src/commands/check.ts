import type { Finding } from "@fogline/findings";
import type { Cluster, Fleet } from "@fogline/fleet";
import { checkSecrets, type Excepted, type RenderInputs, sarifLog, trafficFindings } from "@fogline/gitops";
import { Worktree } from "@fogline/worktree";
import { checkTrees, chosenClusters, type TreeToCheck, treeFromFiles } from "../check.ts";
import type { Context } from "../context.ts";
import { exitFor } from "../exit.ts";
import { loadInputs } from "../inputs.ts";
import { type LoadedCharts, loadCharts } from "../own-charts.ts";
import { loadFleet, renderTrees } from "../render.ts";
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
  const { inputs, findings: ofInputs } = await loadInputs(worktree);
  const {
    trees,
    findings: ofRender,
    files,
  } = onDisk
    ? await committed(worktree, chosen)
    : rendered(fleet, await loadCharts(worktree), { ...inputs, clusters: chosen.map(({ name }) => name) });
  const secrets = checkSecrets(
    fleet.clusters.map(({ name }) => name),
    inputs.secrets ?? new Map(),
  );
  const checked = checkTrees(fleet, trees, inputs, nowMs);
  return {
    fleet,
    findings: [...findings, ...ofInputs, ...secrets.findings, ...trafficFindings(fleet), ...ofRender, ...checked.findings],
    excepted: checked.excepted,
    clusters: chosen.length,
    objects: checked.objects,
    files,
  };
};

interface Trees {
  readonly trees: readonly TreeToCheck[];
  readonly findings: readonly Finding[];
  readonly files: number;
}

const committed = async (worktree: Worktree, clusters: readonly Cluster[]): Promise<Trees> => {
  const read = await Promise.all(clusters.map(async (cluster) => ({ cluster, files: await worktree.files(`clusters/${cluster.name}`) })));
  return {
    trees: read.map(({ cluster, files }) => treeFromFiles(cluster, files)),
    findings: [],
    files: read.reduce((sum, { files }) => sum + files.size, 0),
  };
};

/** What the fleet renders. An object that does not fit its schema is not judged further: that it does not fit has been said. */
const rendered = (fleet: Fleet, charts: LoadedCharts, inputs: RenderInputs): Trees => {
  const { trees, findings, files } = renderTrees(fleet, charts, inputs);
  if (findings.some(({ severity }) => severity === "error")) return { trees: [], findings, files: 0 };
  const byName = new Map(trees.map((tree) => [tree.cluster, tree]));
  const toCheck = fleet.clusters.flatMap((cluster): TreeToCheck[] => {
    const tree = byName.get(cluster.name);
    return tree === undefined ? [] : [{ cluster, tree, findings: [] }];
  });
  return { trees: toCheck, findings, files: files.size };
};

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
