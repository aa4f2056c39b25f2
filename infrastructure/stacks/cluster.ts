import { type Cluster, clusterFactsText, type Fleet, factsPath } from "@fogline/fleet";
import { planHandOver, type SourceLogin } from "@fogline/gitops";
import type { Worktree } from "@fogline/worktree";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { DigitalOceanCluster } from "./components/digitalocean-cluster.ts";
import { existingCluster } from "./components/existing-cluster.ts";
import { FluxHandOver } from "./components/flux-hand-over.ts";
import type { ManagedCluster } from "./components/managed-cluster.ts";
import { type ClusterSettings, clusterSettings } from "./config/cluster.ts";
import type { SecretSetting, StackSettings } from "./config/settings.ts";
import { ageKeyOf, committedInputs } from "./inputs.ts";
import { operatorObjects } from "./operator-manifest.ts";
import { sharedOutputs } from "./shared.ts";

/** What a cluster's stack works with. */
export interface ClusterStackInputs {
  readonly fleet: Fleet;
  readonly cluster: Cluster;
  readonly worktree: Worktree;
  readonly settings: StackSettings;
  /** The value of a secret setting, which stays wrapped. */
  readonly secret: (key: SecretSetting) => pulumi.Output<string>;
  /** The name of stack `shared`, as Pulumi refers to it. */
  readonly sharedStack: () => string;
}

/** A cluster, where this stack makes it, and what must be in it before Flux is. Everything is read and checked before the first resource is planned. */
export const clusterStack = async (inputs: ClusterStackInputs): Promise<pulumi.Inputs> => {
  const { fleet, cluster, worktree, secret } = inputs;
  const settings = clusterSettings(cluster, inputs.settings);
  const { instance, treeKey } = await committedInputs(worktree, cluster);
  const ageKey = settings.ageKey === undefined ? pulumi.secret(ageKeyOf(worktree, cluster)) : secret("ageKey");
  const operator = await operatorObjects(worktree, settings.operator);
  const managed = await managedCluster(fleet, cluster, settings);

  const login = sourceLogin(inputs, settings);
  const steps = planHandOver({ cluster: cluster.name, ageKey, login, operator, instance, ...(treeKey === undefined ? {} : { treeKey }) });
  const provider = new kubernetes.Provider(cluster.name, {
    ...managed.access,
    // The provider is the fleet's cluster of that name, whoever's login is in the kubeconfig.
    clusterIdentifier: `${fleet.name}/${cluster.name}`,
    enableServerSideApply: true,
  });
  const handOver = new FluxHandOver(cluster.name, { steps, provider, handedOver: managed.handedOver });
  const facts = pulumi.all([managed.facts, handOver.done]).apply(async ([known]) => {
    if (!pulumi.runtime.isDryRun()) await worktree.write(factsPath(cluster.name), clusterFactsText(known));
    return known;
  });
  return { facts };
};

const managedCluster = async (fleet: Fleet, cluster: Cluster, { kubeconfig, digitalocean }: ClusterSettings): Promise<ManagedCluster> => {
  if (kubeconfig !== undefined) return existingCluster(cluster, kubeconfig);
  // The settings have one of both.
  if (digitalocean === undefined) throw new Error(`stack ${cluster.name} has no cluster`);
  const { fingerprint } = cluster.kubernetes;
  const known = fingerprint === undefined ? {} : { fingerprint };
  return new DigitalOceanCluster(cluster.name, { ...digitalocean, ...known, cluster: cluster.name, fleet: fleet.name });
};

/** The login with which Flux fetches the tree: at the git server, or at the registry. */
const sourceLogin = ({ cluster, secret, sharedStack }: ClusterStackInputs, settings: ClusterSettings): SourceLogin<pulumi.Output<string>> => {
  if (cluster.connectivity.source === "git") {
    const { sourceUsername = "git" } = settings;
    return { stringData: { username: pulumi.output(sourceUsername), password: secret("sourcePassword") } };
  }
  const ofShared = (): pulumi.Output<string> =>
    pulumi.secret(new pulumi.StackReference(sharedStack()).requireOutput(sharedOutputs.pullLogin).apply(String));
  const login = settings.sourceDockerConfig === undefined ? ofShared() : secret("sourceDockerConfig");
  return { type: "kubernetes.io/dockerconfigjson", stringData: { ".dockerconfigjson": login } };
};
