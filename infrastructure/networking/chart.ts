import type { ClusterChart } from "@fogline/manifests";
import { standardLabels } from "@fogline/manifests";
import { ApiObject } from "cdk8s";
import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import type { INamespace } from "kubernetes-models/v1/Namespace";

const namespace = (name: string, enforced: "privileged" | "restricted"): INamespace => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels: { ...standardLabels(name), "pod-security.kubernetes.io/enforce": enforced } },
});

/** The namespace of all workloads, where Kubernetes itself refuses what is not hardened, and that of what needs the host of its node. */
export const namespaceChart: ClusterChart = {
  name: "namespaces",
  source: "infrastructure/networking/chart.ts namespaceChart",
  layer: "controllers",
  build: (chart, context) => {
    new ApiObject(chart, "workloads", namespace(context.namespace, "restricted"));
    new ApiObject(chart, "nodes", namespace(context.nodeNamespace, "privileged"));
  },
};

/** Nobody talks to anybody unless a policy of its own allows it; each workload brings its own. */
export const networkPolicyChart: ClusterChart = {
  name: "default-deny",
  source: "infrastructure/networking/chart.ts networkPolicyChart",
  layer: "configs",
  build: (chart, context) => {
    const object: INetworkPolicy = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "default-deny", namespace: context.namespace, labels: standardLabels("default-deny") },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    };
    new ApiObject(chart, "default-deny", object);
  },
};
