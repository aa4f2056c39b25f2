import type { KubernetesObject } from "@fogline/manifests";

const storageClass = (name: string, provisioner: string): KubernetesObject => ({
  ...{ apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name }, provisioner, volumeBindingMode: "WaitForFirstConsumer" },
});

/** What K3s and providers bring along: their StorageClasses, and a RuntimeClass for the runtime that K3s finds on a Jetson. */
export const broughtAlong: readonly KubernetesObject[] = [
  storageClass("local-path", "rancher.io/local-path"),
  storageClass("standard", "ebs.csi.aws.com"),
  { apiVersion: "node.k8s.io/v1", kind: "RuntimeClass", metadata: { name: "nvidia" }, handler: "nvidia" } as KubernetesObject,
];
