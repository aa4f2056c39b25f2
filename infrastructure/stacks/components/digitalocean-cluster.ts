import type { ClusterFacts } from "@fogline/fleet";
import { apiServerOf, confirmApiServer } from "@fogline/kubernetes";
import * as digitalocean from "@pulumi/digitalocean";
import * as pulumi from "@pulumi/pulumi";
import type { DigitalOceanClusterSettings } from "../config/digitalocean.ts";
import type { ManagedCluster } from "./managed-cluster.ts";

export interface DigitalOceanClusterInputs extends DigitalOceanClusterSettings {
  /** The cluster's name in the fleet, and the fleet's: together they name it at the provider, where several fleets may share an account. */
  readonly cluster: string;
  readonly fleet: string;
  /** What the fleet file says that the API server is known by. */
  readonly fingerprint?: string;
}

/** A cluster of DigitalOcean in a private network of its own. Neither is deleted by accident: both are protected. */
export class DigitalOceanCluster extends pulumi.ComponentResource implements ManagedCluster {
  readonly access: ManagedCluster["access"];
  readonly facts: pulumi.Output<ClusterFacts>;
  /** It is made and handed over by one stack, whose state knows. */
  readonly handedOver = false;

  constructor(
    name: string,
    { cluster, fleet, fingerprint, region, version, ipRange, nodes, highlyAvailable = false }: DigitalOceanClusterInputs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("fogline:dayZero:DigitalOceanCluster", name, {}, options);
    const own = { parent: this, protect: true } as const;
    const fullName = `${fleet}-${cluster}`;
    const { size, count, countMax = count } = nodes;
    const network = new digitalocean.Vpc(name, { name: fullName, region, ipRange }, own);
    const kubernetes = new digitalocean.KubernetesCluster(
      name,
      {
        ...{ name: fullName, region, version, vpcUuid: network.id, ha: highlyAvailable },
        // Kubernetes is upgraded by a change of `version`, which somebody reviews.
        ...{ autoUpgrade: false, surgeUpgrade: true },
        nodePool: {
          ...{ name: "nodes", size, nodeCount: count },
          ...(countMax > count ? { autoScale: true, minNodes: count, maxNodes: countMax } : {}),
        },
      },
      // The autoscaler changes the count by itself.
      { ...own, ...(countMax > count ? { ignoreChanges: ["nodePool.nodeCount"] } : {}) },
    );
    const rawConfig = kubernetes.kubeConfigs.apply((configs) => configs[0]?.rawConfig ?? "");
    const confirmed = rawConfig.apply(async (text) => {
      if (fingerprint !== undefined) await confirmApiServer({ text }, fingerprint);
      return text;
    });
    this.access = { kubeconfig: pulumi.secret(confirmed) };
    // The address and the authority are no secrets, the rest of a kubeconfig is.
    this.facts = pulumi
      .unsecret(confirmed)
      .apply((text): ClusterFacts => ({ cluster, provider: "digitalocean", apiServer: apiServerOf({ text }), network: { region, ipRange } }));
    this.registerOutputs({});
  }
}
