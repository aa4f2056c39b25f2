import type { Finding } from "@fogline/findings";
import {
  bufferBytesMax,
  type Cluster,
  type Fleet,
  type ImagesLock,
  type LockedImage,
  metricsLogBytesFor,
  pullMs,
  seriesOf,
  telemetryOf,
} from "@fogline/fleet";
import { describeBytes, formatDurationMs } from "@fogline/units";
import { budgetFindings } from "./traffic.ts";

const dayMs = 86_400_000;

/** Clusters that do not survive the outage of their profile without loss, by the size of what they have to keep. */
const outageFindings = (fleet: Fleet): Finding[] =>
  fleet.clusters.filter((cluster) => telemetryOf(cluster) === "sends").flatMap((cluster) => [...metricsLost(fleet, cluster), ...logsLost(cluster)]);

/** Everything that a line may be too small for: standing traffic, what an outage leaves to keep, pulls. */
export const trafficFindings = (fleet: Fleet, images: ImagesLock = {}): Finding[] => [
  ...budgetFindings(fleet),
  ...outageFindings(fleet),
  ...pullFindings(fleet, images),
];

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

/** What a pull of an image transfers, on the platform where it is largest. */
const largestBytes = (image: LockedImage | undefined): number =>
  Math.max(0, ...Object.values(image?.platforms ?? {}).map(({ layers }) => layers.reduce((sum, { bytes }) => sum + bytes, 0)));

/** Images that a cluster cannot pull in the time that a rollout waits, by what the release wrote down of their sizes. */
const pullFindings = (fleet: Fleet, images: ImagesLock): Finding[] => {
  const clusters = new Map(fleet.clusters.map((cluster) => [cluster.name, cluster]));
  return fleet.workloads.flatMap(({ name, targets, place }) =>
    targets.flatMap((target): Finding[] => {
      const cluster = clusters.get(target.cluster);
      const image = target.image ?? `${fleet.registry}/fogline/${name}:${target.version ?? "latest"}`;
      const bytes = largestBytes(images[image]);
      if (cluster === undefined || cluster.connectivity.pullPolicy === "Never") return [];
      const takesMs = pullMs(cluster.connectivity, bytes);
      const { timeoutMs } = cluster.connectivity;
      if (takesMs <= timeoutMs) return [];
      const message = `${image} is ${describeBytes(bytes)}: over the line of ${cluster.name} that takes ${formatDurationMs(takesMs)}, a rollout waits ${formatDurationMs(timeoutMs)}`;
      return [
        { code: "FL2305", severity: "warning", message, place, remedy: "make the image smaller, or state the line's bandwidth if it is larger" },
      ];
    }),
  );
};
