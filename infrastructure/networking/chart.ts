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

const defaultDeny = (name: string, inNamespace: string): INetworkPolicy => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name, namespace: inNamespace, labels: standardLabels(name) },
  spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
});

/** Nobody talks to anybody unless a policy of its own allows it; each workload brings its own, and device plugins need none. */
export const networkPolicyChart: ClusterChart = {
  name: "default-deny",
  source: "infrastructure/networking/chart.ts networkPolicyChart",
  layer: "configs",
  build: (chart, context) => {
    new ApiObject(chart, "workloads", defaultDeny("default-deny", context.namespace));
    // Of another name, because both are files of one folder.
    new ApiObject(chart, "nodes", defaultDeny("default-deny-nodes", context.nodeNamespace));
  },
};
