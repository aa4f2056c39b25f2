import { availableParallelism, totalmem } from "node:os";
import { arch } from "node:process";
import { FoglineError } from "@fogline/findings";
import { type Cluster, type Fleet, parseFleet } from "@fogline/fleet";
import { type ClusterTree, readClusterTree } from "@fogline/gitops";
import type { KubernetesObject } from "@fogline/manifests";
import { type Commit, Worktree } from "@fogline/worktree";
import { type Machine, machinesOf, type ReadRendered } from "./machines.ts";
import type { DevNode, DevRequest } from "./state.ts";

/** Nodes of one dev cluster. Far more than a laptop's container engine carries; KWOK's take no more than an object each. */
const nodesMax = 500;

/** What a dev cluster is made of, out of one commit. */
export interface Chosen {
  readonly fleet: Fleet;
  readonly cluster: Cluster;
  readonly tree: ClusterTree;
  readonly instance: KubernetesObject;
  readonly machines: readonly Machine[];
}

/** The cluster whose tree is run unless another is named: the one that is `local`, else the first. */
export const clusterDefault = ({ clusters }: Fleet): Cluster | undefined => clusters.find(({ local }) => local) ?? clusters[0];

const hasNodes = (fleet: Fleet, cluster: Cluster): boolean =>
  fleet.devices.some(({ id, profile, role }) => cluster.devices.includes(id) && profile.kind === "known" && role !== "alone");

/** The clusters whose devices are nodes unless others are named: the cluster itself, or all others where the fleet knows no machine of it. */
export const nodesOfDefault = (fleet: Fleet, cluster: Cluster): string[] =>
  (hasNodes(fleet, cluster) ? [cluster] : fleet.clusters.filter((other) => hasNodes(fleet, other))).map(({ name }) => name);

/** This machine as a node of itself, for devices whose agent reports what they are. */
const thisMachine = (name: string): Machine => ({
  ...{ name, hardware: "this machine", architecture: arch === "arm64" ? "arm64" : "amd64" },
  ...{ cpuCores: availableParallelism(), memoryBytes: totalmem(), reservedCores: 0, reservedMemoryBytes: 0 },
  ...{ labels: {}, taints: [], resources: {} },
});

/** The fleet of the commit that HEAD is. Throws FL4180. */
export const committedFleet = async (worktree: Worktree): Promise<Fleet> => {
  const { revision } = await headOf(worktree);
  const { fleet, findings } = parseFleet(await worktree.fleetFiles({ revision }));
  if (fleet === undefined) throw new FoglineError("FL4180", "the committed fleet file has errors", { findings });
  return fleet;
};

const headOf = async (worktree: Worktree): Promise<Commit> => {
  const head = await worktree.head();
  if (head === undefined) throw new FoglineError("FL4180", `${worktree.root} has no commit yet`);
  return head;
};

/** Reads all of it from the commit that HEAD is. Throws FL4180 with everything that is missing. */
export const choose = async ({ repository, cluster: name, nodesOf }: Omit<DevRequest, "kind">): Promise<Chosen> => {
  const worktree = await Worktree.open(repository);
  const head = await headOf(worktree);
  const fleet = await committedFleet(worktree);
  const cluster = fleet.clusters.find((one) => one.name === name);
  if (cluster === undefined) throw new FoglineError("FL1031", `the commit has no cluster ${name}`);
  const [files, hostFiles] = await Promise.all([worktree.files(`clusters/${name}`, head), worktree.files("bootstrap/generated", head)]);
  const { tree } = readClusterTree(files, name);
  const instance = tree.folders.flatMap(({ objects }) => objects).find(({ object }) => object.kind === "FluxInstance")?.object;
  if (instance === undefined)
    throw new FoglineError("FL4180", `commit ${head.revision.slice(0, 12)} has no FluxInstance below clusters/${name}/flux-system`);
  const clusters = fleet.clusters.filter((one) => nodesOf.includes(one.name));
  const machines = [
    ...(hasNodes(fleet, cluster) ? [] : [thisMachine(ownNode(fleet, cluster))]),
    ...machinesOf(fleet, clusters, reader(hostFiles, head.revision)),
  ];
  if (machines.length > nodesMax) throw new FoglineError("FL4185", `${machines.length} nodes were asked for, the limit is ${nodesMax}`);
  return { fleet, cluster, tree, instance, machines };
};

/** A cluster that knows no machine has a node named after the device whose agent reports, or after itself. */
const ownNode = ({ devices }: Fleet, cluster: Cluster): string =>
  devices.find(({ id, role }) => cluster.devices.includes(id) && role !== "alone")?.id ?? `${cluster.name}-1`;

const reader =
  (files: ReadonlyMap<string, string>, revision: string): ReadRendered =>
  (path) => {
    const text = files.get(path);
    if (text === undefined) throw new FoglineError("FL4180", `commit ${revision.slice(0, 12)} has no ${path}`);
    return text;
  };

/** A machine as people see it. */
export const devNode = (machine: Machine, name = machine.name): DevNode => ({
  ...{ name, device: machine.name, hardware: machine.hardware, architecture: machine.architecture },
  ...{ cpuCores: machine.cpuCores - machine.reservedCores, memoryBytes: machine.memoryBytes - machine.reservedMemoryBytes },
});
