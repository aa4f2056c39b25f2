import type { ClusterChart } from "@fogline/manifests";
import { logsChart } from "./monitoring/logs.ts";
import { metricsChart } from "./monitoring/metrics.ts";
import { monitoringNamespaceChart } from "./monitoring/namespace.ts";
import { receiverCertificatesChart, receiversChart } from "./monitoring/receivers.ts";
import { logsOperatorChart, storesChart } from "./monitoring/stores.ts";
import { certManagerChart, issuerChart } from "./networking/certificates.ts";
import { namespaceChart, networkPolicyChart } from "./networking/chart.ts";
import { deviceFilesChart } from "./nodes/device-files.ts";
import { gpuChart } from "./nodes/gpu.ts";
import { priorityChart } from "./nodes/priority.ts";
import { storageChart } from "./storage/chart.ts";

/** What clusters have whatever runs on them; each says where it applies. */
export const clusterCharts: readonly ClusterChart[] = [
  namespaceChart,
  monitoringNamespaceChart,
  priorityChart,
  storageChart,
  gpuChart,
  deviceFilesChart,
  certManagerChart,
  logsOperatorChart,
  networkPolicyChart,
  issuerChart,
  receiverCertificatesChart,
  metricsChart,
  logsChart,
  storesChart,
  receiversChart,
];
