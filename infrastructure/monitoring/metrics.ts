import {
  type ClusterChart,
  type ClusterContext,
  hardenedContainer,
  keptStorageClass,
  monitoringNamespace as namespace,
  networkPolicyOf,
  restrictedPod,
  selectorLabels,
  standardLabels,
  startSecondsOn,
  yamlText,
} from "@fogline/manifests";
import { ApiObject, type Chart } from "cdk8s";
import type { IDeployment } from "kubernetes-models/apps/v1/Deployment";
import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import type { IClusterRole } from "kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRole";
import type { IClusterRoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRoleBinding";
import type { IRole } from "kubernetes-models/rbac.authorization.k8s.io/v1/Role";
import type { IRoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding";
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { IPersistentVolumeClaim } from "kubernetes-models/v1/PersistentVolumeClaim";
import type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import { notSubstituted, restartsWith } from "./config-annotations.ts";
import { paths, prometheusConfig } from "./metrics-config.ts";
import { prometheusDuration, senderSecrets, sendsTelemetry } from "./place.ts";

const image = "quay.io/prometheus/prometheus:v3.14.0";
const name = "metrics-agent";
const metadata = { name, namespace, labels: standardLabels(name) };
const MiB = 1024 ** 2;
const opsPort = 9_090;

/**
 * Prometheus as an agent: it reads metrics and sends them to the cloud, has no queries and no alerts, and keeps what it could not send in a log on
 * disk for as long as the profile says.
 */
export const metricsChart: ClusterChart = {
  name: "metrics",
  source: "infrastructure/monitoring/metrics.ts metricsChart",
  layer: "addons",
  appliesTo: sendsTelemetry,
  build: (chart, context) => {
    const text = yamlText(prometheusConfig(context));
    const config: IConfigMap = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { ...metadata, annotations: notSubstituted },
      data: { "prometheus.yml": text },
    };
    new ApiObject(chart, "config", config);
    addRights(chart, [context.namespace, context.nodeNamespace, namespace]);
    new ApiObject(chart, "log", log(context));
    new ApiObject(chart, "deployment", deployment(context, text));
    new ApiObject(chart, "network-policy", networkPolicy);
  },
};

/** It may see pods in Fogline's own namespaces, and what the kubelets of nodes measure. */
const addRights = (chart: Chart, namespaces: readonly string[]): void => {
  const account: IServiceAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false };
  new ApiObject(chart, "service-account", account);
  const subjects = [{ kind: "ServiceAccount", name, namespace }];
  for (const one of namespaces) {
    const own = { ...metadata, namespace: one };
    const role: IRole = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { ...own, name: `${name}-${one}` },
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }],
    };
    const binding: IRoleBinding = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { ...own, name: `${name}-${one}` },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: `${name}-${one}` },
      subjects,
    };
    new ApiObject(chart, `role-${one}`, role);
    new ApiObject(chart, `role-binding-${one}`, binding);
  }
  const labels = standardLabels(name);
  const clusterRole: IClusterRole = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: `fogline-${name}`, labels },
    rules: [
      { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
      { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
    ],
  };
  const clusterBinding: IClusterRoleBinding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: `fogline-${name}`, labels },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: `fogline-${name}` },
    subjects,
  };
  new ApiObject(chart, "cluster-role", clusterRole);
  new ApiObject(chart, "cluster-role-binding", clusterBinding);
};

/** Twice the log's size: Prometheus keeps a checkpoint beside the segments that it replaces. */
const log = (context: ClusterContext): IPersistentVolumeClaim => {
  const storageClass = keptStorageClass(context);
  const storage = `${Math.ceil((2 * context.cluster.connectivity.metricsLogBytes) / MiB)}Mi`;
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata,
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage } },
      ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
    },
  };
};

const deployment = (context: ClusterContext, config: string): IDeployment => {
  const { pullPolicy, metricsRetentionMs } = context.cluster.connectivity;
  const container = hardenedContainer({
    ...{ name: "prometheus", image, pullPolicy, env: {}, ports: { ops: opsPort }, cpuMillicores: 50, memoryBytes: 192 * MiB },
    args: [
      "--agent",
      `--config.file=${paths.config}/prometheus.yml`,
      `--storage.agent.path=${paths.data}`,
      // Without, what is older than four hours is thrown away, whether it was sent or not.
      `--storage.agent.retention.max-time=${prometheusDuration(metricsRetentionMs)}`,
      `--web.listen-address=:${opsPort}`,
    ],
    health: { live: "/-/healthy", ready: "/-/ready", port: "ops", intervalSeconds: 30, startSeconds: startSecondsOn(context.devices) },
    mounts: [
      { name: "config", mountPath: paths.config, readOnly: true },
      { name: "log", mountPath: paths.data },
      { name: "password", mountPath: "/etc/metrics-writer", readOnly: true },
    ],
  });
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      replicas: 1,
      revisionHistoryLimit: 3,
      selector: { matchLabels: selectorLabels(name) },
      strategy: { type: "Recreate" },
      template: {
        metadata: { labels: standardLabels(name), annotations: restartsWith(config) },
        spec: {
          // The one pod of ours that asks the API: it learns there which pods and nodes there are.
          automountServiceAccountToken: true,
          containers: [container],
          priorityClassName: "fogline-workload",
          securityContext: restrictedPod(),
          serviceAccountName: name,
          terminationGracePeriodSeconds: 60,
          volumes: [
            { name: "config", configMap: { name } },
            { name: "log", persistentVolumeClaim: { claimName: name } },
            { name: "password", secret: { secretName: senderSecrets.metrics, defaultMode: 0o440 } },
          ],
        },
      },
    },
  };
};

const networkPolicy = ((): INetworkPolicy => {
  const policy = networkPolicyOf({ metadata, name, usedBy: [], uses: [], ports: [], opsPort: "ops" });
  const ours = { to: [{ namespaceSelector: { matchLabels: { "app.kubernetes.io/part-of": "fogline" } } }] };
  return { ...policy, spec: { ...policy.spec, podSelector: policy.spec?.podSelector ?? {}, egress: [...(policy.spec?.egress ?? []), ours] } };
})();
