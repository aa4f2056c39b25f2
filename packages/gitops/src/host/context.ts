import {
  type Cluster,
  type DataMedium,
  type Device,
  type Fleet,
  hostFacts,
  isFragile,
  isOwnK3s,
  type StorageMedium,
  type WorkloadTarget,
} from "@fogline/fleet";

/** What a node of K3s knows of its cluster. */
export interface NodeContext {
  readonly cluster: Cluster;
  readonly nodes: readonly Device[];
  /** In the order of the fleet file; the first one starts the cluster. */
  readonly servers: readonly [Device, ...Device[]];
  readonly serves: boolean;
  /** What runs in the cluster. */
  readonly targets: readonly WorkloadTarget[];
}

/** What the files of one device are made from. */
export interface HostContext {
  readonly fleet: Fleet;
  readonly device: Device;
  /** Public keys of the mesh by device, as far as devices have made some. */
  readonly meshKeys: ReadonlyMap<string, string>;
  /** Absent where the device runs the agent without Kubernetes. */
  readonly node?: NodeContext;
}

/** The devices that have host files, each with its cluster. Left out are phones, tablets, and machines whose cluster somebody else sets up. */
export const hostContexts = (fleet: Fleet, meshKeys: ReadonlyMap<string, string> = new Map()): readonly HostContext[] => {
  const clusters = new Map(fleet.clusters.map((cluster) => [cluster.name, cluster]));
  const byCluster = Map.groupBy(fleet.devices, ({ cluster }) => cluster);
  const targets = Map.groupBy(
    fleet.workloads.flatMap((workload) => workload.targets),
    ({ cluster }) => cluster,
  );
  return fleet.devices
    .filter(({ hardware }) => hostFacts[hardware].provisioned)
    .flatMap((device): HostContext[] => {
      const cluster = clusters.get(device.cluster ?? "");
      if (cluster === undefined) return [{ fleet, device, meshKeys }];
      if (!isOwnK3s(cluster)) return [];
      const nodes = byCluster.get(cluster.name) ?? [];
      const [first, ...others] = nodes.filter(({ role }) => role === "server");
      // Without a server there is nothing to join; FL1055 says so.
      if (first === undefined) return [{ fleet, device, meshKeys }];
      return [
        {
          fleet,
          device,
          meshKeys,
          node: { cluster, nodes, servers: [first, ...others], serves: device.role === "server", targets: targets.get(cluster.name) ?? [] },
        },
      ];
    });
};

/** The medium that the system runs from; absent before the machine reports. */
export const systemMedium = ({ profile }: Device): StorageMedium | undefined => (profile.kind === "known" ? profile.storage.medium : undefined);

/** The medium of a data disk beside the system's; absent where data lies on the system's own. */
export const dataDisk = (device: Device): DataMedium | undefined => (device.data === systemMedium(device) ? undefined : device.data);

/** True where what is written often wears out the system's medium. */
export const hasFragileSystem = (device: Device): boolean => {
  const medium = systemMedium(device);
  return medium !== undefined && isFragile(medium);
};

/** True where K3s and pods write to a medium that wears out. */
export const hasFragileData = (device: Device): boolean => {
  const disk = dataDisk(device);
  return disk === undefined ? hasFragileSystem(device) : isFragile(disk);
};
