import type { Cluster, Device, Fleet, Ring } from "@fogline/fleet";

interface Index {
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly rings: ReadonlyMap<string, Ring>;
  readonly devices: ReadonlyMap<string, Device>;
  readonly devicesByCluster: ReadonlyMap<string | undefined, readonly Device[]>;
}

const indexes = new WeakMap<Fleet, Index>();

/** A fleet of a thousand clusters is asked for one of them a thousand times. */
const indexOf = (fleet: Fleet): Index => {
  let index = indexes.get(fleet);
  if (index === undefined) {
    index = {
      clusters: new Map(fleet.clusters.map((cluster) => [cluster.name, cluster])),
      rings: new Map(fleet.rings.map((ring) => [ring.name, ring])),
      devices: new Map(fleet.devices.map((device) => [device.id, device])),
      devicesByCluster: Map.groupBy(fleet.devices, ({ cluster }) => cluster),
    };
    indexes.set(fleet, index);
  }
  return index;
};

export const clusterOf = (fleet: Fleet, name: string): Cluster | undefined => indexOf(fleet).clusters.get(name);
export const deviceOf = (fleet: Fleet, id: string): Device | undefined => indexOf(fleet).devices.get(id);
export const ringOf = (fleet: Fleet, cluster: string): Ring | undefined => indexOf(fleet).rings.get(clusterOf(fleet, cluster)?.ring ?? "");

/** The devices of a cluster that are nodes of it: all but those that run the agent alone. */
export const nodeDevicesOf = (fleet: Fleet, cluster: string): readonly Device[] =>
  (indexOf(fleet).devicesByCluster.get(cluster) ?? []).filter(({ role }) => role !== "alone");
