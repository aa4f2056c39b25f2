import { Worktree } from "@fogline/worktree";
import type { Context } from "../context.ts";
import { exitFor } from "../exit.ts";
import { loadCharts } from "../own-charts.ts";
import { loadFleet, renderFleet } from "../render.ts";

/** `fogline check`: the fleet file, the settings of its workloads, and every rendered object against its schema. */
export const checkCommand = async ({ output, repository, clock }: Context): Promise<void> => {
  const startedMs = clock.monotonicMs();
  const worktree = await Worktree.open(repository);
  const { fleet, findings } = await loadFleet(worktree);
  const rendered = fleet === undefined ? undefined : renderFleet(fleet, await loadCharts(worktree));
  const problems = [...findings, ...(rendered?.findings ?? [])];
  const count = (severity: string): number => problems.filter((finding) => finding.severity === severity).length;
  output.findings(problems);
  output.value({
    findings: problems,
    clusters: fleet?.clusters.length ?? null,
    devices: fleet?.devices.length ?? null,
    files: rendered?.files.size ?? 0,
  });
  const scope =
    fleet === undefined ? "the fleet file" : `${fleet.clusters.length} clusters, ${fleet.devices.length} devices, ${rendered?.files.size ?? 0} files`;
  const seconds = ((clock.monotonicMs() - startedMs) / 1_000).toFixed(1);
  output.line(`${scope}, ${seconds} s: ${plural(count("error"), "error")}, ${plural(count("warning"), "warning")}`);
  exitFor(problems);
};

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;
