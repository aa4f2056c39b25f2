import type { ClusterFacts } from "@fogline/fleet";
import type * as pulumi from "@pulumi/pulumi";

/** A cluster that can be spoken to, whoever made it: what a further provider has to give. */
export interface ManagedCluster {
  /** What the provider of objects is set up with: the path of a kubeconfig, or its text as a secret. */
  readonly access: { readonly kubeconfig: pulumi.Input<string>; readonly context?: string };
  /** What is written down of it. */
  readonly facts: pulumi.Output<ClusterFacts>;
  /** Whether it has a FluxInstance already. */
  readonly handedOver: boolean;
}
