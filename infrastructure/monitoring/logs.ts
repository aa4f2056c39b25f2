import {
  type ClusterChart,
  type ClusterContext,
  hardenedContainer,
  networkPolicyOf,
  nodeDaemonSet,
  standardLabels,
  startSecondsOn,
  yamlText,
} from "@fogline/manifests";
import { ApiObject } from "cdk8s";
import type { IDaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import { notSubstituted, restartsWith } from "./config-annotations.ts";
import { fluentBitConfig, memoryBufferBytes, paths } from "./logs-config.ts";
import { keepsTelemetry, keptServices, mayBufferOnDisk, senderSecrets, sendsTelemetry } from "./place.ts";

/** Built with jemalloc for pages of 4 KiB, so it aborts on 16 KiB ones: the host files of a Pi 5 choose kernel8.img, which has 4 KiB. */
const image = "cr.fluentbit.io/fluent/fluent-bit:5.1.3";
const name = "log-shipper";
const MiB = 1024 ** 2;

/** Fluent Bit on every node, which reads the logs of its containers and sends them to the cloud. */
export const logsChart: ClusterChart = {
  name: "logs",
  source: "infrastructure/monitoring/logs.ts logsChart",
  layer: "addons",
  // The cloud's own logs go the same way as the others'.
  appliesTo: (context) => sendsTelemetry(context) || keepsTelemetry(context),
  build: (chart, context) => {
    const metadata = { name, namespace: context.nodeNamespace, labels: standardLabels(name) };
    const account: IServiceAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false };
    const text = yamlText(fluentBitConfig(context));
    const config: IConfigMap = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { ...metadata, annotations: notSubstituted },
      data: { "fluent-bit.yaml": text },
    };
    // Where it is in the same cluster, even the address of its load balancer leads straight to its pod.
    const uses = keepsTelemetry(context) ? [keptServices.logs] : [];
    new ApiObject(chart, "service-account", account);
    new ApiObject(chart, "config", config);
    new ApiObject(chart, "daemon-set", daemonSet(context, metadata, text));
    new ApiObject(chart, "network-policy", networkPolicyOf({ metadata, name, usedBy: [], uses, ports: [], opsPort: "ops" }));
  },
};

const daemonSet = (context: ClusterContext, metadata: NonNullable<IDaemonSet["metadata"]>, config: string): IDaemonSet => {
  const container = hardenedContainer({
    ...{ name: "fluent-bit", image, pullPolicy: context.cluster.connectivity.pullPolicy, env: {}, ports: { ops: 2_020 }, cpuMillicores: 20 },
    args: ["--config", `${paths.config}/fluent-bit.yaml`],
    memoryBytes: 48 * MiB + 2 * memoryBufferBytes(context),
    // Its own idea of health is whether the cloud answers, and a restart would not bring the line back but lose what waits in memory.
    health: { live: "/", ready: "/", port: "ops", intervalSeconds: 30, startSeconds: startSecondsOn(context.devices) },
    mounts: [
      { name: "config", mountPath: paths.config, readOnly: true },
      { name: "logs", mountPath: paths.logs, readOnly: true },
      ...(mayBufferOnDisk(context) ? [{ name: "buffer", mountPath: paths.buffer }] : []),
      { name: "tmp", mountPath: "/tmp" },
      { name: "secret", mountPath: paths.secret, readOnly: true },
    ],
  });
  const env = [
    { name: "LOGS_SHARED_KEY", valueFrom: { secretKeyRef: { name: senderSecrets.logs, key: "LOGS_SHARED_KEY" } } },
    { name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
  ];
  return nodeDaemonSet(metadata, {
    name,
    annotations: { ...restartsWith(config), "prometheus.io/path": "/api/v2/metrics/prometheus" },
    pod: {
      containers: [{ ...container, env }],
      // The logs are root's and nobody else may read them; it is root without any of root's powers.
      securityContext: { runAsUser: 0, runAsGroup: 0, seccompProfile: { type: "RuntimeDefault" } },
      serviceAccountName: name,
      terminationGracePeriodSeconds: 30,
      volumes: [
        { name: "config", configMap: { name } },
        { name: "logs", hostPath: { path: paths.logs, type: "Directory" } },
        ...(mayBufferOnDisk(context) ? [{ name: "buffer", hostPath: { path: "/var/lib/fogline-logs", type: "DirectoryOrCreate" as const } }] : []),
        { name: "secret", secret: { secretName: senderSecrets.logs, defaultMode: 0o400 } },
        { name: "tmp", emptyDir: { medium: "Memory", sizeLimit: "8Mi" } },
      ],
    },
  });
};
