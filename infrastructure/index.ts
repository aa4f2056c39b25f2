import type { ClusterChart } from "@fogline/manifests";
import { namespaceChart, networkPolicyChart } from "./networking/chart.ts";
import { deviceFilesChart } from "./nodes/device-files.ts";
import { gpuChart } from "./nodes/gpu.ts";
import { priorityChart } from "./nodes/priority.ts";
import { storageChart } from "./storage/chart.ts";

/** What clusters have whatever runs on them; each says where it applies. */
export const clusterCharts: readonly ClusterChart[] = [namespaceChart, priorityChart, storageChart, gpuChart, deviceFilesChart, networkPolicyChart];
