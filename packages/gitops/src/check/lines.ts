import type { Finding } from "@fogline/findings";
import { bufferBytesMax, type Cluster, type Fleet, metricsLogBytesFor, seriesOf, telemetryOf } from "@fogline/fleet";
import { describeBytes, formatDurationMs } from "@fogline/units";
import { budgetFindings } from "./traffic.ts";

const dayMs = 86_400_000;

/** Clusters that do not survive the outage of their profile without loss, by the size of what they have to keep. */
const outageFindings = (fleet: Fleet): Finding[] =>
  fleet.clusters.filter((cluster) => telemetryOf(cluster) === "sends").flatMap((cluster) => [...metricsLost(fleet, cluster), ...logsLost(cluster)]);

/** What lines may be too small for: standing traffic, and what an outage leaves to keep. That a pull takes too long is FL3105. */
export const trafficFindings = (fleet: Fleet): Finding[] => [...budgetFindings(fleet), ...outageFindings(fleet)];

const metricsLost = (fleet: Fleet, { name, devices, connectivity, place }: Cluster): Finding[] => {
  const { outageMs, reportIntervalMs, metricsLogBytes, metricsRetentionMs } = connectivity;
  const workloads = fleet.workloads.flatMap(({ targets }) => targets).filter(({ cluster }) => cluster === name).length;
  const series = seriesOf(devices.length, workloads);
  const wanted = metricsLogBytesFor(series, reportIntervalMs, outageMs);
  if (wanted <= metricsLogBytes && metricsRetentionMs >= outageMs) return [];
  const message =
    wanted > metricsLogBytes
      ? `cluster ${name} has about ${describeBytes(wanted)} of metrics in an outage of ${formatDurationMs(outageMs)}, its log has ${describeBytes(metricsLogBytes)}`
      : `cluster ${name} keeps metrics for ${formatDurationMs(metricsRetentionMs)}, an outage of ${connectivity.name} lasts up to ${formatDurationMs(outageMs)}`;
  return [
    {
      ...{ code: "FL2303", severity: "warning", message, place },
      remedy: `declare a shorter outage than ${formatDurationMs(outageMs)}, or split the cluster`,
    },
  ];
};

const logsLost = ({ name, connectivity, place }: Cluster): Finding[] => {
  const { outageMs, logNodeBytesPerDay, logBufferBytes } = connectivity;
  const wanted = (logNodeBytesPerDay * outageMs) / dayMs;
  if (wanted <= logBufferBytes) return [];
  const message = `a node of ${name} may log ${describeBytes(wanted)} in an outage of ${formatDurationMs(outageMs)}, its buffer has ${describeBytes(logBufferBytes)}`;
  return [
    {
      ...{ code: "FL2304", severity: "info", message, place },
      remedy: `nothing, if the newest ${describeBytes(bufferBytesMax(connectivity).logBufferBytes)} are enough; else declare a shorter outage`,
    },
  ];
};
