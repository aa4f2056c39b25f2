import type { ClusterChart } from "@fogline/manifests";
import { namespaceChart, networkPolicyChart } from "./networking/chart.ts";

/** What every cluster has, whatever runs on it. */
export const clusterCharts: readonly ClusterChart[] = [namespaceChart, networkPolicyChart];
