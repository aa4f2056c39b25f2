import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ControlPlane, nodesOf, objectsIn, type StandIns, startControlPlane, startStandIns } from "@fogline/dev-cluster";
import type { ClusterTree } from "@fogline/gitops";
import { deviceResource, type KubernetesObject } from "@fogline/manifests";
import { eventually } from "../../system/testing/eventually.ts";
import { applyTree } from "./applied-tree.ts";
import { type FleetRevision, treeOf } from "./fleet-revision.ts";
import { type Changes, changesBetween, nothing, recordOf } from "./record.ts";
import { rolledOut } from "./rollout.ts";

/** What an API server did with a tree. */
export interface Seen extends Changes {
  /** Names of the objects that it refused, sorted. */
  readonly refused: readonly string[];
}

/** A cluster of the fleet whose trees are applied without Flux. */
export interface PredictedCluster {
  readonly name: string;
  /** Applies the tree of a revision over the one before, and says what that changed once all is rolled out. */
  apply(revision: FleetRevision): Promise<Seen>;
  stop(): Promise<void>;
}

/** Device files that its machines have. */
const deviceFiles = ["/dev/video0", "/dev/ttyUSB0"].map(deviceResource);

const fluxKinds = [
  { apiVersion: "fluxcd.controlplane.io/v1", kind: "FluxInstance" },
  { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization" },
];

const objectsOf = (tree: ClusterTree | undefined): KubernetesObject[] =>
  (tree?.folders ?? []).flatMap(({ objects }) => objects.map(({ object }) => object));

/** What the tree asks of Flux, and where. */
const fluxOf = (tree: ClusterTree): { readonly version: string; readonly namespace: string } => {
  const instance = objectsOf(tree).find(({ kind }) => kind === "FluxInstance");
  const { distribution } = (instance?.spec ?? {}) as { distribution?: { version: string } };
  if (instance === undefined || distribution === undefined) throw new Error(`${tree.cluster} has no FluxInstance`);
  return { version: distribution.version, namespace: instance.metadata.namespace ?? "" };
};

/** K3s makes one for every runtime that it finds. */
const nvidia = { apiVersion: "node.k8s.io/v1", kind: "RuntimeClass", metadata: { name: "nvidia" }, handler: "nvidia" };

/** What is there before the first tree: Flux's custom resources and namespace, and what K3s brings along. */
const prepare = async ({ api }: ControlPlane, tree: ClusterTree): Promise<void> => {
  const { version, namespace } = fluxOf(tree);
  const ofFlux = objectsIn("flux-distribution", "flux", `v${version}`).filter(({ kind }) => kind === "CustomResourceDefinition");
  await Promise.all([...objectsIn("flux-operator-crds"), ...ofFlux].map((definition) => api.apply(definition, { fieldManager: "day-0" })));
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, { fieldManager: "day-0" });
  await api.apply(nvidia, { fieldManager: "day-0" });
  for (const kind of fluxKinds) await eventually(`${kind.kind} is known`, () => api.list(kind).catch(() => undefined));
};

/** Nodes for the devices of a revision: new ones join, and those that leave are drained first. */
const joinAndLeave = async ({ api, folder }: ControlPlane, name: string, revision: FleetRevision): Promise<void> => {
  const cluster = revision.fleet.clusters.find((one) => one.name === name);
  // Machines of a cluster that is no longer declared go on.
  if (cluster === undefined) return;
  const there = (await api.list({ apiVersion: "v1", kind: "Node" })).map(({ metadata }) => metadata.name);
  const leaving = there.filter((node) => !cluster.devices.includes(node));
  if (leaving.length === 0 && there.length === cluster.devices.length) return;
  for (const [path, text] of revision.hostFiles) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const read = (path: string): string => readFileSync(join(folder, path), "utf8");
  for (const node of nodesOf(revision.fleet, cluster, read, { devices: deviceFiles })) {
    if (!there.includes(node.metadata.name)) await api.create(node);
  }
  for (const node of leaving) {
    await api.delete({ apiVersion: "v1", kind: "Node", name: node });
    const left = (await api.list({ apiVersion: "v1", kind: "Pod" })).filter(({ spec }) => spec.nodeName === node);
    // No kubelet is left that could end them.
    for (const { metadata } of left)
      await api.raw("DELETE", `${await api.pathOf({ apiVersion: "v1", kind: "Pod", ...metadata })}?gracePeriodSeconds=0`);
  }
};

/** Starts a control plane with the nodes of a cluster and its tree in a first revision. */
export const startPredictedCluster = async (name: string, first: FleetRevision): Promise<PredictedCluster> => {
  const plane = await startControlPlane();
  const { api } = plane;
  const standIns: StandIns = startStandIns(api);
  let current: ClusterTree | undefined;

  const apply = async (revision: FleetRevision): Promise<Seen> => {
    const [old, now] = [current, treeOf(revision, name)];
    const objects = [...objectsOf(old), ...objectsOf(now)];
    const before = old === undefined ? nothing : await recordOf(api, objects);
    await joinAndLeave(plane, name, revision);
    // Of a tree that is gone Flux finds no folder, and does nothing.
    const { refused, pruned } = now === undefined ? { refused: [], pruned: [] } : await applyTree({ api, live: before.objects }, old, now);
    if (now !== undefined) current = now;
    await rolledOut(api, pruned);
    return { ...changesBetween(before, await recordOf(api, objects)), refused };
  };
  const stop = async (): Promise<void> => {
    await standIns.stop();
    await plane.stop();
  };
  try {
    const tree = treeOf(first, name);
    if (tree === undefined) throw new Error(`${name} has no tree`);
    await prepare(plane, tree);
    await apply(first);
  } catch (error) {
    await stop();
    throw error;
  }
  return { name, apply, stop };
};
