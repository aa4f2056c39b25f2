import { type ClusterStatus, getGitOps } from "@fogline/contracts";
import type { Context } from "../context.ts";
import { Exit, exitCodes } from "../exit.ts";
import { ago } from "../moments.ts";
import type { Column } from "../output.ts";

const shortLength = 12;
const short = (revision: string | null): string => revision?.slice(0, shortLength) ?? "-";

const columns = (nowMs: number): Column<ClusterStatus>[] => [
  { title: "CLUSTER", text: ({ cluster }) => cluster },
  { title: "RING", text: ({ ring }) => ring },
  { title: "STATE", text: ({ state, drift }) => (drift.length > 0 ? `${state}, drifted` : state) },
  { title: "WANTED", text: ({ wantedRevision }) => short(wantedRevision) },
  { title: "RUNS", text: ({ appliedRevision }) => short(appliedRevision) },
  { title: "RECONCILED", right: true, text: ({ lastReconciledAtMs: atMs }) => (atMs === null ? "-" : `${ago(nowMs - atMs)} ago`) },
  { title: "REASON", text: ({ reason }) => reason },
];

/** `fogline gitops status`: how far every cluster is. Ends with 1 when a revision was refused or something is not as the tree says. */
export const gitOpsStatusCommand = async ({ output, hub, clock }: Context): Promise<void> => {
  const status = await hub().call(getGitOps, {});
  const { cluster, appliedRevision, appliedAtMs, clusters, refused, workloads } = status;
  output.value({ gitops: status });
  const nowMs = clock.now();
  output.line(
    appliedRevision === null
      ? `${cluster} runs nothing yet`
      : `${cluster} runs revision ${short(appliedRevision)}${appliedAtMs === null ? "" : ` since ${ago(nowMs - appliedAtMs)}`}`,
  );
  output.table(clusters, columns(nowMs));
  if (workloads.length > 0)
    output.line(`  workloads: ${workloads.map(({ name, running, replicas }) => `${name} ${running}/${replicas}`).join(", ")}`);
  const drift = clusters.flatMap((one) => one.drift.map(({ object, message }) => `  drift: ${one.cluster}/${object}: ${message}`));
  for (const line of drift) output.line(line);
  for (const { path, message } of refused) output.line(`  refused: ${path === "" ? "" : `${path}: `}${message}`);
  if (refused.length > 0 || drift.length > 0) throw new Exit(exitCodes.findings);
};
