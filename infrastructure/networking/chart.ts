import type { ClusterChart } from "@fogline/manifests";
import { standardLabels } from "@fogline/manifests";
import { ApiObject } from "cdk8s";
import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import type { INamespace } from "kubernetes-models/v1/Namespace";

/** The namespace of all workloads, with the baseline Pod Security Standard enforced (agents keep their data on the host). */
export const namespaceChart: ClusterChart = {
  name: "namespace",
  layer: "controllers",
  build: (chart, { namespace }) => {
    const object: INamespace = {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace, labels: { ...standardLabels(namespace), "pod-security.kubernetes.io/enforce": "baseline" } },
    };
    new ApiObject(chart, "namespace", object);
  },
};

/** Inside the namespace everything may talk to everything; from outside nothing comes in unless a policy of its own allows it. */
export const networkPolicyChart: ClusterChart = {
  name: "network-policy",
  layer: "configs",
  build: (chart, { namespace }) => {
    const object: INetworkPolicy = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "same-namespace", namespace, labels: standardLabels("same-namespace") },
      spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ from: [{ podSelector: {} }] }] },
    };
    new ApiObject(chart, "network-policy", object);
  },
};
