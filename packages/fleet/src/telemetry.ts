import { SERIES_PER_NODE, SERIES_PER_WORKLOAD } from "./line-costs.ts";
import type { Cluster } from "./model.ts";

/**
 * Which part a cluster has in monitoring: the cloud's clusters keep metrics and logs, the others send theirs there. The one that is this machine has
 * neither: its hub keeps what it needs itself.
 */
export const telemetryOf = ({ tier, local }: Pick<Cluster, "tier" | "local">): "keeps" | "sends" | "none" =>
  local ? "none" : tier === "cloud" ? "keeps" : "sends";

/** How many series of metrics a cluster has, by an estimate that `line-costs.ts` explains. */
export const seriesOf = (nodes: number, workloads: number): number => nodes * SERIES_PER_NODE + workloads * SERIES_PER_WORKLOAD;
