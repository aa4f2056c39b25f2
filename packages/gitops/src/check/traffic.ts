import type { Finding, Place } from "@fogline/findings";
import {
  type Cluster,
  type ConnectivityProfile,
  lineCosts as cost,
  type Device,
  type Fleet,
  reportIntervalsOf,
  seriesOf,
  telemetryOf,
} from "@fogline/fleet";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** What goes over one line in a day though nothing happens, in bytes. Images, data and deployments come on top. */
export interface LineTraffic {
  /** The site, or the one device that has a line of its own. */
  readonly name: string;
  readonly site: string;
  readonly connectivity: ConnectivityProfile;
  readonly agentsBytes: number;
  readonly fluxBytes: number;
  readonly metricsBytes: number;
  readonly logsBytes: number;
  /** What other sites have, which reach everything else through this one. */
  readonly throughBytes: number;
  readonly sumBytes: number;
  readonly place: Place;
}

/** The standing traffic of every line of a fleet: sites in the order of the file, each followed by its devices that have a line of their own. */
export const trafficOf = (fleet: Fleet): LineTraffic[] => {
  const agentBytes = agentBytesPerDay(fleet);
  const hubSites = new Set(clustersWith(fleet, "gateway").map(({ site }) => site));
  const withAgents = new Set(clustersWith(fleet, "agent").map(({ name }) => name));
  const devices = Map.groupBy(
    fleet.devices.filter(({ cluster }) => cluster === undefined || withAgents.has(cluster)),
    ({ site }) => site,
  );
  const clusters = Map.groupBy(fleet.clusters, ({ site }) => site);
  const workloads = workloadsByCluster(fleet);
  const own = fleet.sites.flatMap((site): LineTraffic[] => {
    const here = devices.get(site.name) ?? [];
    const [shared, apart] = [true, false].map((same) => here.filter(({ connectivity }) => (connectivity.name === site.connectivity.name) === same));
    const agentsBytes = hubSites.has(site.name) ? 0 : (shared ?? []).reduce((sum, device) => sum + agentBytes(device), 0);
    const line = summed({
      ...{ name: site.name, site: site.name, connectivity: site.connectivity, place: site.place, agentsBytes, throughBytes: 0 },
      ...clusterBytes(clusters.get(site.name) ?? [], workloads),
    });
    return [line, ...(apart ?? []).map((device) => deviceLine(device, agentBytes(device)))];
  });
  return withThrough(fleet, own);
};

const summed = (line: Omit<LineTraffic, "sumBytes">): LineTraffic => ({
  ...line,
  sumBytes: line.agentsBytes + line.fluxBytes + line.metricsBytes + line.logsBytes + line.throughBytes,
});

const deviceLine = ({ id, site, connectivity, place }: Device, agentsBytes: number): LineTraffic =>
  summed({ ...{ name: id, site, connectivity, place, agentsBytes }, fluxBytes: 0, metricsBytes: 0, logsBytes: 0, throughBytes: 0 });

const clustersWith = ({ clusters, workloads }: Fleet, name: string): Cluster[] => {
  const targets = new Set(workloads.find((workload) => workload.name === name)?.targets.map(({ cluster }) => cluster));
  return clusters.filter((cluster) => targets.has(cluster.name));
};

const workloadsByCluster = ({ workloads }: Fleet): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const { targets } of workloads) for (const { cluster } of targets) counts.set(cluster, (counts.get(cluster) ?? 0) + 1);
  return counts;
};

/** One agent's connection, at the pace of the hub's pings, and its reports at the device's own. */
const agentBytesPerDay = (fleet: Fleet): ((device: Device) => number) => {
  const settings =
    fleet.workloads.find(({ name }) => name === "gateway")?.targets.map((target) => target.settings.pingMs ?? cost.MEASURED_PING_MS) ?? [];
  const pings = settings.filter((value) => typeof value === "number");
  const pingMs = pings.length === 0 ? cost.MEASURED_PING_MS : Math.min(...pings);
  const connection = (cost.CONNECTION_BYTES_PER_HOUR * (dayMs / hourMs) * cost.MEASURED_PING_MS) / pingMs;
  const reports = reportIntervalsOf(fleet);
  return (device) => Math.round(connection + (cost.REPORT_BYTES * dayMs) / reports(device).intervalMs);
};

/** What Flux, Prometheus and the log shippers of a site's clusters send and ask. */
const clusterBytes = (
  clusters: readonly Cluster[],
  workloads: ReadonlyMap<string, number>,
): Pick<LineTraffic, "fluxBytes" | "metricsBytes" | "logsBytes"> => {
  const sum = { fluxBytes: 0, metricsBytes: 0, logsBytes: 0 };
  for (const { name, devices, connectivity, tier, local } of clusters) {
    if (local) continue;
    sum.fluxBytes += Math.round((dayMs / connectivity.intervalMs) * cost.POLL_BYTES[connectivity.source]);
    if (telemetryOf({ tier, local }) !== "sends") continue;
    const series = seriesOf(devices.length, workloads.get(name) ?? 0);
    sum.metricsBytes += Math.round((dayMs / connectivity.reportIntervalMs) * series * cost.SAMPLE_BYTES);
    sum.logsBytes += Math.round((devices.length * connectivity.logNodeBytesPerDay) / cost.LOG_COMPRESSION);
  }
  return sum;
};

/** Adds to each site what the sites behind it have. Uplinks have no circle: a rule of the fleet file refuses one. */
const withThrough = ({ sites }: Fleet, lines: readonly LineTraffic[]): LineTraffic[] => {
  const uplinks = new Map(sites.map(({ name, uplink }) => [name, uplink]));
  const through = new Map<string, number>();
  for (const { name, site, sumBytes } of lines) {
    if (name !== site) continue;
    for (let next = uplinks.get(site); next !== undefined; next = uplinks.get(next)) through.set(next, (through.get(next) ?? 0) + sumBytes);
  }
  return lines.map((line) => (line.name === line.site ? summed({ ...line, throughBytes: through.get(line.site) ?? 0 }) : line));
};

const parts = { agentsBytes: "agents", fluxBytes: "flux", metricsBytes: "metrics", logsBytes: "logs", throughBytes: "other sites" } as const;

/** A traffic for people, in the decimal units that budgets are written in: `12.3 MB`. */
export const describeTraffic = (bytes: number): string => {
  const [unit, size] = bytes >= 1e9 ? (["GB", 1e9] as const) : bytes >= 1e6 ? (["MB", 1e6] as const) : (["kB", 1e3] as const);
  return `${(bytes / size).toFixed(1)} ${unit}`;
};

/** Lines whose standing traffic is above their budget, which is an error, or above half of it. */
export const budgetFindings = (fleet: Fleet): Finding[] =>
  trafficOf(fleet).flatMap((line): Finding[] => {
    const { name, site, connectivity, sumBytes, place } = line;
    const budget = connectivity.budgetBytesPerDay;
    if (budget === undefined || sumBytes <= budget / 2) return [];
    const over = sumBytes > budget;
    const largest = Object.entries(parts)
      .map(([key, word]) => ({ word, bytes: line[key as keyof typeof parts] }))
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, 2)
      .map(({ word, bytes }) => `${word} ${describeTraffic(bytes)}`);
    const what = name === site ? `site ${name}` : `device ${name}`;
    return [
      {
        code: over ? "FL2301" : "FL2302",
        severity: over ? "error" : "warning",
        message: `${what} has ${describeTraffic(sumBytes)} of standing traffic a day, ${over ? "" : "more than half of what "}${connectivity.name} allows${over ? "" : ":"} ${describeTraffic(budget)}`,
        place,
        remedy: `raise the budget of ${connectivity.name}, or have fewer devices there; the most is ${largest.join(" and ")}`,
      },
    ];
  });
