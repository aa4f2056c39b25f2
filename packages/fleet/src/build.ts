import type { Place } from "@fogline/findings";
import { parseBytes, parseBytesPerDay, parseBytesPerSecond, parseCpuMillicores, parseDurationMs, parsePercent, parseWatts } from "@fogline/units";
import type { z } from "zod";
import { connectivity as builtIn, type ConnectivityProfile, refineConnectivity } from "./connectivity.ts";
import { declaredDestinations, declaredDevices, declaredTargets, residencyOf } from "./declared.ts";
import type { FleetDocument, Path } from "./document.ts";
import { hardware, isHardwareName } from "./hardware.ts";
import { buildHost, withReservations } from "./host/build.ts";
import type { Cluster, Collection, Device, Fleet, Ring, Site, Workload } from "./model.ts";
import { fleetSchema } from "./schema.ts";
import { isTier, type Tier, tierAlone, tiers } from "./tiers.ts";
import { parseWindow } from "./window.ts";

type Parsed = z.infer<typeof fleetSchema>;
type PlaceOf = (path: Path) => Place;

/** What a checked document must have; its absence means that a rule let something through, which is our mistake. */
const must = <Value>(value: Value | undefined, what: string): Value => {
  if (value === undefined) throw new Error(`the rules let an unresolved ${what} through`);
  return value;
};

/** Only the keys that have a value, as exact optional properties want it. */
const present = <Fields extends object>(fields: Fields): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]?: Exclude<Fields[Key], undefined>;
  };

const maybe = <Value, Out>(value: Value | undefined, read: (value: Value) => Out): Out | undefined => (value === undefined ? undefined : read(value));

const deepFreeze = <Value>(value: Value): Value => {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
};

/** Resolves a document that no rule objects to. Everything it returns is frozen. */
export const buildFleet = (document: FleetDocument): Fleet => {
  const parsed = fleetSchema.parse(document.raw);
  const placeOf: PlaceOf = (path) => document.placeOf(path, "key");
  const rings = buildRings(parsed, placeOf);
  const connectivity = buildConnectivity(parsed);
  const sites = buildSites(parsed, connectivity, placeOf);
  const devices = buildDevices(document, parsed, { sites, connectivity, rings }, placeOf);
  const clusters = buildClusters(parsed, sites, devices, placeOf);
  const workloads = buildWorkloads(parsed, clusters, placeOf);
  const collections = buildCollections(parsed, placeOf);
  const name = parsed.fleet;
  return deepFreeze({ name, domain: parsed.domain ?? `${name}.internal`, rings, connectivity, sites, clusters, devices, workloads, collections });
};

const buildRings = (parsed: Parsed, placeOf: PlaceOf): Ring[] =>
  Object.entries(parsed.rings).map(([name, ring], order) => ({
    name,
    order,
    soakMs: parseDurationMs(ring.soak ?? "0s") ?? 0,
    gate: ring.gate ?? "healthy",
    skipOfflineFraction: parsePercent(ring.skipOffline ?? "0%") ?? 0,
    ...present({ window: maybe(ring.window, parseWindow), k3s: ring.k3s }),
    place: placeOf(["rings", name]),
  }));

const buildConnectivity = (parsed: Parsed): Record<string, ConnectivityProfile> => {
  const profiles: Record<string, ConnectivityProfile> = Object.assign(Object.create(null), builtIn);
  const declared = parsed.connectivity ?? {};
  for (const name of Object.keys(declared)) {
    const chain: string[] = [];
    for (let next = name; profiles[next] === undefined; next = must(declared[next], `connectivity profile ${next}`).like) chain.push(next);
    for (const link of chain.reverse()) {
      const { like, budget, outage, bandwidth, latency, interval } = must(declared[link], `connectivity profile ${link}`);
      profiles[link] = refineConnectivity(
        must(profiles[like], `connectivity profile ${like}`),
        link,
        present({
          budgetBytesPerDay: maybe(budget, parseBytesPerDay),
          outageMs: maybe(outage, parseDurationMs),
          bandwidthBytesPerSecond: maybe(bandwidth, parseBytesPerSecond),
          latencyMs: maybe(latency, parseDurationMs),
          intervalMs: maybe(interval, parseDurationMs),
        }),
      );
    }
  }
  return profiles;
};

const buildSites = (parsed: Parsed, connectivity: Record<string, ConnectivityProfile>, placeOf: PlaceOf): Site[] =>
  Object.entries(parsed.sites).map(([name, site]) => ({
    name,
    region: site.region,
    ...present({ latitude: site.at?.[0], longitude: site.at?.[1], uplink: site.uplink }),
    connectivity: must(connectivity[site.connectivity ?? "always"], "connectivity profile"),
    residency: residencyOf(site) ?? site.region,
    place: placeOf(["sites", name]),
  }));

const buildClusters = (parsed: Parsed, sites: readonly Site[], devices: readonly Device[], placeOf: PlaceOf): Cluster[] => {
  const byCluster = Map.groupBy(devices, ({ cluster }) => cluster);
  return Object.entries(parsed.clusters).map(([name, cluster]) => ({
    name,
    site: cluster.site,
    tier: tierOf(cluster.tier),
    ring: cluster.ring,
    local: cluster.local ?? false,
    kubernetes: {
      distribution: cluster.kubernetes?.distribution ?? "k3s",
      ...present({ fingerprint: cluster.kubernetes?.fingerprint, version: cluster.kubernetes?.version ?? parsed.rings[cluster.ring]?.k3s }),
    },
    connectivity: must(
      sites.find((site) => site.name === cluster.site),
      "site",
    ).connectivity,
    devices: (byCluster.get(name) ?? []).map(({ id }) => id),
    place: placeOf(["clusters", name]),
  }));
};

/** True for a cluster that K3s runs on declared machines: neither the one on this machine nor one that somebody else manages. */
const isOurs = ({ local, kubernetes }: Parsed["clusters"][string]): boolean => local !== true && (kubernetes?.distribution ?? "k3s") === "k3s";

const tierOf = (name: string): Tier => must(isTier(name) ? name : undefined, `tier ${name}`);

interface Resolved {
  readonly sites: readonly Site[];
  readonly connectivity: Readonly<Record<string, ConnectivityProfile>>;
  readonly rings: readonly Ring[];
}

type DeviceFields = NonNullable<Parsed["devices"]>[string];

const buildDevices = (document: FleetDocument, parsed: Parsed, { sites, connectivity, rings }: Resolved, placeOf: PlaceOf): Device[] => {
  const siteByName = new Map(sites.map((site) => [site.name, site]));
  return declaredDevices(document).map(({ id, index, fields, pathOf }) => {
    // Range and refinement each have the checked shape, and so has one laid over the other.
    const device = fields as DeviceFields;
    const cluster = maybe(device.cluster, (name) => must(parsed.clusters[name], `cluster ${name}`));
    const site = must(siteByName.get(cluster?.site ?? device.site ?? ""), `site of ${id}`);
    const name = device.hardware ?? "";
    const profile = must(isHardwareName(name) ? hardware[name] : undefined, `hardware ${name}`);
    const alone = profile.kind === "known" ? tierAlone[profile.deviceClass] : "access-edge";
    const tier = tierOf(cluster?.tier ?? device.tier ?? alone);
    return {
      id,
      site: site.name,
      hardware: profile.name,
      profile: withReservations(profile, device.host ?? {}),
      tier,
      availability: tiers[tier].availability,
      ring: cluster?.ring ?? device.ring ?? must(rings.at(-1), "ring").name,
      connectivity: maybe(device.connectivity, (word) => must(connectivity[word], "connectivity profile")) ?? site.connectivity,
      role: cluster === undefined ? "alone" : (device.role ?? "agent"),
      labels: { ...device.labels },
      gpuSlices: device.gpu?.slices ?? 1,
      gpuSharing: device.gpu?.sharing ?? "time-slicing",
      host: buildHost(device.host ?? {}, { profile, data: device.data, node: cluster !== undefined && isOurs(cluster) }),
      ...present({
        cluster: device.cluster,
        address: maybe(device.address, (address) => (index === undefined ? address : address.replace("*", String(index)))),
        mac: device.mac?.toLowerCase(),
        serial: device.serial,
        data: device.data,
        powerWatts: maybe(device.power, parseWatts),
      }),
      place: placeOf(pathOf()),
    } satisfies Device;
  });
};

const buildWorkloads = (parsed: Parsed, clusters: readonly Cluster[], placeOf: PlaceOf): Workload[] =>
  Object.entries(parsed.workloads ?? {}).map(([name, workload]) => {
    const versionByRing = typeof workload.version === "object" ? { ...workload.version } : {};
    const version = typeof workload.version === "string" ? workload.version : undefined;
    const targets = declaredTargets(name, workload).map(({ cluster, part, path }) => {
      const { ring } = must(
        clusters.find((candidate) => candidate.name === cluster),
        "cluster",
      );
      return { cluster, ...present({ part, version: Object.hasOwn(versionByRing, ring) ? versionByRing[ring] : version }), place: placeOf(path) };
    });
    return {
      name,
      targets,
      versionByRing,
      settings: { ...workload.settings } as Workload["settings"],
      env: Object.fromEntries(Object.entries(workload.env ?? {}).map(([key, value]) => [key, String(value)])),
      replicas: workload.replicas ?? 1,
      placement: { prefer: workload.placement?.prefer ?? "balanced", failover: workload.placement?.failover ?? "normal" },
      ports: workload.ports ?? [],
      devices: workload.devices ?? [],
      needs: present({
        memoryBytes: maybe(workload.needs?.memory, parseBytes),
        cpuMillicores: maybe(workload.needs?.cpu, parseCpuMillicores),
        gpuSlices: workload.needs?.gpu,
      }),
      syncs: workload.syncs ?? [],
      ...present({
        version,
        image: workload.image,
        health: maybe(workload.health, healthOf),
        pattern: workload.pattern,
        aggregatesTo: workload.aggregatesTo,
      }),
      place: placeOf(["workloads", name]),
    };
  });

const healthOf = ({
  http,
  command,
  port,
  interval,
}: NonNullable<NonNullable<Parsed["workloads"]>[string]["health"]>): NonNullable<Workload["health"]> => ({
  intervalMs: parseDurationMs(interval ?? "10s") ?? 10_000,
  ...present({ http, command, port }),
});

const buildCollections = (parsed: Parsed, placeOf: PlaceOf): Collection[] =>
  Object.entries(parsed.collections ?? {}).map(([name, collection]) => ({
    name,
    from: collection.from,
    to: declaredDestinations(name, collection).map(({ cluster }) => cluster),
    residency: collection.residency ?? "any",
    ...present({ retentionMs: maybe(collection.retention, parseDurationMs) }),
    place: placeOf(["collections", name]),
  }));
