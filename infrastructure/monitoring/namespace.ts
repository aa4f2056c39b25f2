import { type ClusterChart, monitoringNamespace, standardLabels } from "@fogline/manifests";
import { ApiObject } from "cdk8s";
import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import type { INamespace } from "kubernetes-models/v1/Namespace";
import { keepsTelemetry, sendsTelemetry } from "./place.ts";

/** The namespace of what reads metrics. Where node-exporter is among it, which looks at its host, Kubernetes cannot refuse what is not hardened. */
export const monitoringNamespaceChart: ClusterChart = {
  name: "monitoring-namespace",
  source: "infrastructure/monitoring/namespace.ts monitoringNamespaceChart",
  layer: "controllers",
  appliesTo: (context) => sendsTelemetry(context) || keepsTelemetry(context),
  build: (chart, context) => {
    const enforced = keepsTelemetry(context) ? "privileged" : "restricted";
    const namespace: INamespace = {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: monitoringNamespace, labels: { ...standardLabels(monitoringNamespace), "pod-security.kubernetes.io/enforce": enforced } },
    };
    new ApiObject(chart, "namespace", namespace);
    if (keepsTelemetry(context)) return;
    const deny: INetworkPolicy = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "default-deny", namespace: monitoringNamespace, labels: standardLabels("default-deny") },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    };
    new ApiObject(chart, "default-deny", deny);
  },
};
