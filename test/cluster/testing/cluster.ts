import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type ControlPlane,
  type ControlPlaneOptions,
  deviceResources,
  type Flux,
  type FluxOptions,
  type KubernetesApi,
  type LiveObject,
  nodesOf,
  type StandIns,
  startControlPlane,
  startFluxCluster,
} from "@fogline/dev-cluster";
import { type Fleet, parseFleet } from "@fogline/fleet";
import type { ClusterTree, SourceLogin } from "@fogline/gitops";
import { fluxNamespace, type KubernetesObject } from "@fogline/manifests";
import { load } from "js-yaml";
import { eventually } from "../../system/testing/eventually.ts";
import { makeRepository, type Repository } from "../../system/testing/repository.ts";
import { treeFilesIn, treeOfFiles } from "../../system/testing/tree-files.ts";
import { type GitServer, startGitServer } from "./git-server.ts";

/** One cluster of a fleet on a real API server, reconciled by real Flux from a server of its own. */
export interface TestCluster {
  readonly name: string;
  readonly plane: ControlPlane;
  readonly api: KubernetesApi;
  readonly git: GitServer;
  readonly flux: Flux;
  readonly standIns: StandIns;
  /** The user's clone, with the fleet file and what is rendered from it. */
  readonly repository: Repository;
  /** The fleet as the clone has it now. */
  fleet(): Fleet;
  /** The cluster's tree as the clone has it now. */
  tree(): ClusterTree;
  /** Commits what is in the clone, lets the ring have it and asks Flux to look. The revision. */
  push(message: string): Promise<string>;
  /** The revision of the clone. */
  head(): string;
  /** Makes the clone as it was in a revision, and pushes that. The new revision. */
  restore(revision: string): Promise<string>;
  /** Asks Flux to apply a Kustomization again now, as its interval would. */
  reconcile(kustomization: string): Promise<void>;
  /** Asks Flux to fetch now, as a webhook of the git server would. */
  fetch(): Promise<void>;
  /** Every Kustomization, by name. */
  kustomizations(): Promise<ReadonlyMap<string, LiveObject>>;
  /** Waits until the source and every Kustomization of the tree are ready in this revision. */
  settled(revision: string, withinMs?: number): Promise<void>;
  stop(): Promise<void>;
}

export interface ClusterOptions extends Pick<FluxOptions, "storageBytes"> {
  /** Changes the fleet file before it is rendered for the first time. */
  readonly prepare?: (repository: Repository) => void;
  /** Changes the tree after it was rendered for the first time. */
  readonly rendered?: (repository: Repository, gitUrl: string) => void;
  /** The text of the age key that day 0 brings into the cluster, once the clone is prepared. */
  readonly ageKey?: (repository: Repository) => string;
  readonly controlPlane?: ControlPlaneOptions;
  /** How the cluster gets its tree; default from the git server, by its ring's branch. */
  readonly delivery?: Delivery;
}

/** A way on which a commit comes to where Flux takes it from. */
export interface Delivery {
  readonly login: SourceLogin<string>;
  /** Lets the cluster's ring have the commit of a clone. What Flux calls the revision ends like the answer. */
  publish(repository: Repository): Promise<string>;
}

const fleetFile = "clusters/fleet.yaml";

/** How long a whole tree may take to become healthy. Far above what is expected: the machines are shared. */
const patienceMs = 240_000;

const fleetIn = (repository: Repository): Fleet => {
  const { fleet, findings } = parseFleet([{ path: fleetFile, text: readFileSync(join(repository.path, fleetFile), "utf8") }]);
  if (fleet === undefined) throw new Error(findings.map(({ message }) => message).join("; "));
  return fleet;
};

/** The patch by which a person asks Flux to look now, https://fluxcd.io/flux/components/kustomize/kustomizations/#triggering-a-reconcile */
const requested = () => ({ metadata: { annotations: { "reconcile.fluxcd.io/requestedAt": new Date().toISOString() } } });

const treeIn = ({ path }: Repository, cluster: string): ClusterTree => treeOfFiles(treeFilesIn(path, cluster), cluster);

/** Makes the edge sites follow a branch, as a site that is always connected does; the example's is metered and pulls artifacts. */
export const followsBranch = (repository: Repository): void => repository.edit(fleetFile, "connectivity: factory-lte, ", "");

interface FluxInstance extends KubernetesObject {
  readonly spec: { readonly sync: { readonly kind: string; readonly ref: string } };
}

const kustomizationKind = { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization" };

/** Renders the example fleet for a git server of this machine, starts a control plane with the cluster's nodes, and hands it over to Flux. */
export const startTestCluster = async (name: string, options: ClusterOptions = {}): Promise<TestCluster> => {
  const ends: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of ends.reverse()) await end();
  };
  try {
    return await started(name, options, ends, stop);
  } catch (error) {
    await stop();
    throw error;
  }
};

/** `ends` gets what undoes each thing that was started, in the order in which it was. */
const started = async (
  name: string,
  { prepare, rendered, ageKey = () => "", delivery, controlPlane, ...ofFlux }: ClusterOptions,
  ends: (() => unknown)[],
  stop: () => Promise<void>,
): Promise<TestCluster> => {
  const repository = makeRepository();
  ends.push(() => repository.remove());
  const plane = await startControlPlane(controlPlane);
  ends.push(() => plane.stop());
  const git = await startGitServer(plane.folder);
  ends.push(() => git.stop());
  const { api } = plane;

  repository.edit(fleetFile, "domain: edge.acme.example\n", `domain: edge.acme.example\nrepository: ${git.url}\n`);
  prepare?.(repository);
  repository.render();
  rendered?.(repository, git.url);
  const fleet = fleetIn(repository);
  const cluster = fleet.clusters.find((one) => one.name === name);
  if (cluster === undefined) throw new Error(`the fleet has no cluster ${name}`);
  const instance = load(readFileSync(join(repository.path, `clusters/${name}/flux-system/fluxinstance-flux.yaml`), "utf8")) as FluxInstance;
  const { kind, ref } = instance.spec.sync;
  const inClone = (...args: string[]): string => execFileSync("git", ["-C", repository.path, ...args], { encoding: "utf8" }).trim();
  const publish = async (): Promise<string> => {
    if (delivery !== undefined) return delivery.publish(repository);
    inClone("push", "-q", "--force", git.path, `HEAD:${ref}`);
    return inClone("rev-parse", "HEAD");
  };
  repository.commit("rendered for this server");
  await publish();

  const devices = deviceResources(treeIn(repository, name));
  const read = (path: string): string => readFileSync(join(repository.path, path), "utf8");
  const { username, password } = git;
  const login = delivery?.login ?? { stringData: { username, password } };
  const key = join(repository.path, "clusters/tree-signing.pub");
  const { flux, standIns, ...running } = await startFluxCluster(plane, {
    ...ofFlux,
    nodes: nodesOf(fleet, cluster, read, { devices }),
    handOver: { cluster: name, instance, ageKey: ageKey(repository), login, ...(existsSync(key) ? { treeKey: readFileSync(key, "utf8") } : {}) },
  });
  ends.push(() => running.stop());

  const source = { apiVersion: "source.toolkit.fluxcd.io/v1", kind, name: "flux-system", namespace: fluxNamespace };
  const kustomizations = async (): Promise<Map<string, LiveObject>> =>
    new Map((await api.list(kustomizationKind)).map((one) => [one.metadata.name, one]));
  const fetch = async (): Promise<void> => void (await api.merge(source, requested()));
  const push = async (message: string): Promise<string> => {
    if (inClone("status", "--porcelain") !== "") repository.commit(message);
    const revision = await publish();
    await fetch();
    return revision;
  };
  return {
    ...{ name, plane, api, git, flux, standIns, repository, kustomizations, fetch, push, stop },
    fleet: () => fleetIn(repository),
    tree: () => treeIn(repository, name),
    head: () => inClone("rev-parse", "HEAD"),
    restore: (revision) => {
      inClone("rm", "-rqf", "--ignore-unmatch", ".");
      inClone("checkout", revision, "--", ".");
      return push("as it was");
    },
    reconcile: async (kustomization) => {
      await api.merge({ ...kustomizationKind, name: kustomization, namespace: fluxNamespace }, requested());
    },
    settled: async (revision, withinMs = patienceMs) => {
      const wanted = kustomizationsIn(treeIn(repository, name));
      const settled = async (): Promise<boolean> => {
        const all = await kustomizations();
        return all.size === wanted.length && wanted.every((one) => all.has(one)) && [...all.values()].every((one) => isReadyIn(one, revision));
      };
      await eventually(`every Kustomization of ${name} is ready in ${revision}`, settled, withinMs).catch(async (error: unknown) => {
        const states = [...(await kustomizations()).values()].map((one) => `${one.metadata.name}: ${stateOf(one)}`);
        throw new Error(`${String(error)}\n${states.join("\n")}`);
      });
    },
  };
};

/** A condition in an object's status. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
}

/** What an object says about itself; `Ready` unless another condition is asked for. */
export const conditionOf = (object: LiveObject | undefined, wanted = "Ready"): Condition | undefined =>
  object?.status?.conditions?.find(({ type }: Condition) => type === wanted);

const stateOf = (object: LiveObject): string =>
  `${conditionOf(object)?.status} ${object.status?.lastAppliedRevision ?? ""} ${conditionOf(object)?.message}`;

/** The Kustomizations that a tree asks for, with the root that the operator makes, sorted. */
const kustomizationsIn = ({ folders }: ClusterTree): string[] =>
  [
    "flux-system",
    ...folders.flatMap(({ path, objects }) =>
      path.endsWith("/flux-system") ? objects.flatMap(({ object }) => (object.kind === "Kustomization" ? [object.metadata.name] : [])) : [],
    ),
  ].sort();

/** Whether a Kustomization says that it has applied this revision and that all of it is healthy. */
export const isReadyIn = (object: LiveObject, revision: string): boolean => {
  const ready = conditionOf(object);
  const applied: string = object.status?.lastAppliedRevision ?? "";
  return ready?.status === "True" && ready.observedGeneration === object.metadata.generation && applied.endsWith(revision);
};

/** Whether a Kustomization refuses this revision. One that has no such folder is never noted as attempted. */
export const isRefusedIn = (object: LiveObject, revision: string): boolean => {
  const ready = conditionOf(object);
  if (ready?.status !== "False" || ready.reason === "DependencyNotReady") return false;
  const attempted: string = object.status.lastAttemptedRevision ?? "";
  return ready.reason === "ArtifactFailed" || attempted.endsWith(revision);
};
