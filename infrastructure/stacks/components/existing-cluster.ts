import { homedir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "@fogline/fleet";
import { apiServerOf, clusterReader, confirmApiServer, type KubeconfigChoice } from "@fogline/kubernetes";
import { fluxNamespace } from "@fogline/manifests";
import * as pulumi from "@pulumi/pulumi";
import type { ManagedCluster } from "./managed-cluster.ts";

export interface ExistingClusterSettings {
  /** A path that begins with / or ~/. */
  readonly file: string;
  readonly context?: string | undefined;
}

const instances = { apiVersion: "fluxcd.controlplane.io/v1", plural: "fluxinstances", namespace: fluxNamespace };

/**
 * A cluster that is there, by its kubeconfig. It is looked at before anything is planned: throws FL3302 where it is not the one that the fleet file
 * names by its fingerprint, FL4065 where it does not answer.
 */
export const existingCluster = async ({ name, kubernetes }: Cluster, { file, context }: ExistingClusterSettings): Promise<ManagedCluster> => {
  const here = file.startsWith("~/") ? join(homedir(), file.slice(2)) : file;
  const chosen = context === undefined ? {} : { context };
  const choice: KubeconfigChoice = { kubeconfig: here, ...chosen };
  // The server first: a login is sent to nobody that is not known.
  if (kubernetes.fingerprint !== undefined) await confirmApiServer(choice, kubernetes.fingerprint);
  const present = await clusterReader(choice).list(instances);
  return {
    // As it is written, so that the state is the same whoever runs it. It names the file and holds nothing of it.
    access: { kubeconfig: file, ...chosen },
    facts: pulumi.output({ cluster: name, provider: "kubeconfig" as const, apiServer: apiServerOf(choice) }),
    handedOver: present.some(({ metadata }) => (metadata as { readonly name?: string } | undefined)?.name === "flux"),
  };
};
