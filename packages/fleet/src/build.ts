import { parseBytesPerDay, parseBytesPerSecond, parseDurationMs, parsePercent, parseWatts } from "@fogline/units";
import type { z } from "zod";
import { buildWorkloads } from "./build-workloads.ts";
import { connectivity as builtIn, type ConnectivityProfile, refineConnectivity } from "./connectivity.ts";
import { declaredDestinations, declaredDevices, residencyOf } from "./declared.ts";
import type { FleetDocument } from "./document.ts";
import { hardware, isHardwareName } from "./hardware.ts";
import { buildHost, withReservations } from "./host/build.ts";
import { meshAddress, meshPrefix } from "./mesh/address.ts";
import type { Cluster, Collection, Device, Exception, Fleet, Mesh, MeshMember, Registry, Ring, Site } from "./model.ts";
import { isOwnK3s } from "./own-k3s.ts";
import { maybe, type PlaceOf, present } from "./present.ts";
import { fleetSchema } from "./schema.ts";
import { isTier, type Tier, tierAlone, tiers } from "./tiers.ts";
import { parseWindow } from "./window.ts";

type Parsed = z.infer<typeof fleetSchema>;

/** What a checked document must have; its absence means that a rule let something through, which is our mistake. */
const must = <Value>(value: Value | undefined, what: string): Value => {
  if (value === undefined) throw new Error(`the rules let an unresolved ${what} through`);
  return value;
};

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
  const workloads = buildWorkloads(document, new Map(clusters.map(({ name, ring }) => [name, ring])), placeOf);
  const collections = buildCollections(document, parsed, placeOf);
  const exceptions = buildExceptions(parsed, placeOf);
  const name = parsed.fleet;
  const domain = parsed.domain ?? `${name}.internal`;
  return deepFreeze({
    name,
    domain,
    repository: parsed.repository ?? `https://git.${domain}/${name}.git`,
    registry: parsed.registry ?? `registry.${domain}`,
    registries: buildRegistries(parsed),
    access: accessOf(parsed),
    ...present({ mesh: buildMesh(parsed) }),
    ...{ rings, connectivity, sites, clusters, devices, workloads, collections, exceptions },
  });
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

const buildRegistries = ({ registries }: Parsed): Registry[] =>
  Object.entries(registries ?? {}).map(([host, { credentials, mirrors }]) => ({ host, mirrors: mirrors ?? [], ...present({ credentials }) }));

/** The port of WireGuard where none is stated, as its documentation has it. */
const MESH_PORT = 51_820;

const buildMesh = ({ fleet, mesh }: Parsed): Mesh | undefined =>
  mesh === undefined ? undefined : { port: mesh.port ?? MESH_PORT, prefix: meshPrefix(fleet) };

const memberOf = (parsed: Parsed, id: string, device: DeviceFields, ours: boolean): MeshMember | undefined => {
  const mesh = buildMesh(parsed);
  if (mesh === undefined || !(device.mesh ?? ours)) return undefined;
  const [host, port] = device.endpoint?.split(":") ?? [];
  return {
    address: meshAddress(mesh.prefix, id),
    ...present({ endpoint: host === undefined ? undefined : { host, port: port === undefined ? mesh.port : Number(port) } }),
  };
};

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
    networks: Object.entries(site.networks ?? {}).map(([subnet, { gateway, nameservers }]) => ({
      subnet,
      nameservers: nameservers ?? (gateway === undefined ? [] : [gateway]),
      ...present({ gateway }),
    })),
    timeServers: site.timeServers ?? [],
    timeZone: site.timeZone ?? "Etc/UTC",
    place: placeOf(["sites", name]),
  }));

const buildClusters = (parsed: Parsed, sites: readonly Site[], devices: readonly Device[], placeOf: PlaceOf): Cluster[] => {
  const byCluster = Map.groupBy(devices, ({ cluster }) => cluster);
  const siteByName = new Map(sites.map((site) => [site.name, site]));
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
    connectivity: must(siteByName.get(cluster.site), "site").connectivity,
    devices: (byCluster.get(name) ?? []).map(({ id }) => id),
    place: placeOf(["clusters", name]),
  }));
};

const tierOf = (name: string): Tier => must(isTier(name) ? name : undefined, `tier ${name}`);

/** Whom machines let in: images make the user, and provisioning signs in as that. */
const accessOf = ({ access }: Parsed): Fleet["access"] => ({ user: access?.user ?? "fogline", keys: access?.keys ?? [] });

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
    const host = buildHost(device.host ?? {}, {
      ...{ profile, data: device.data, node: cluster !== undefined && isOwnK3s(cluster) },
      ...{ user: accessOf(parsed).user, timeServers: site.timeServers },
    });
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
      host,
      ...present({
        cluster: device.cluster,
        address: maybe(device.address, (address) => (index === undefined ? address : address.replace("*", String(index)))),
        mac: device.mac?.toLowerCase(),
        serial: device.serial,
        data: device.data,
        powerWatts: maybe(device.power, parseWatts),
        mesh: memberOf(parsed, id, device, host.ours),
      }),
      place: placeOf(pathOf()),
    } satisfies Device;
  });
};

const buildCollections = (document: FleetDocument, parsed: Parsed, placeOf: PlaceOf): Collection[] =>
  Object.entries(parsed.collections ?? {}).map(([name, collection]) => ({
    name,
    from: collection.from,
    to: declaredDestinations(document, name, collection).map(({ cluster }) => cluster),
    residency: collection.residency ?? "any",
    ...present({ retentionMs: maybe(collection.retention, parseDurationMs) }),
    place: placeOf(["collections", name]),
  }));

const buildExceptions = (parsed: Parsed, placeOf: PlaceOf): Exception[] =>
  (parsed.exceptions ?? []).map(({ code, object, cluster, reason, until }, index) => ({
    code,
    reason: reason.trim(),
    until,
    ...present({ object, cluster }),
    place: placeOf(["exceptions", index]),
  }));
