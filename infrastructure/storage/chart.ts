import { type ClusterChart, keptStorageClass, standardLabels } from "@fogline/manifests";
import { ApiObject } from "cdk8s";
import type { IStorageClass } from "kubernetes-models/storage.k8s.io/v1/StorageClass";

/**
 * Where K3s keeps volumes: on the node, by its local-path provisioner, in the folder that the device's profile chose. What is kept is retained when
 * its claim goes, because the claim goes when a workload is renamed.
 */
export const storageChart: ClusterChart = {
  name: "storage",
  source: "infrastructure/storage/chart.ts storageChart",
  layer: "controllers",
  appliesTo: (context) => keptStorageClass(context) !== undefined,
  build: (chart, context) => {
    const name = keptStorageClass(context) ?? "";
    const object: IStorageClass = {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name, labels: standardLabels(name) },
      provisioner: "rancher.io/local-path",
      reclaimPolicy: "Retain",
      volumeBindingMode: "WaitForFirstConsumer",
    };
    new ApiObject(chart, "kept", object);
  },
};
