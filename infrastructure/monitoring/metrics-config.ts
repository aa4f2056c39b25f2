import { type ClusterContext, monitoringNamespace } from "@fogline/manifests";
import { prometheusDuration as duration, receivers } from "./place.ts";

/** Where the pod of Prometheus has what it needs. */
export const paths = {
  config: "/etc/prometheus",
  data: "/prometheus",
  password: "/etc/metrics-writer/password",
  authority: "/etc/metrics-writer/ca.crt",
} as const;

const account = "/var/run/secrets/kubernetes.io/serviceaccount";

/** What a metered line carries: how the nodes and containers are, and whether the hub's services and the log shipper do their work. */
const keptWhereMetered = [
  "up",
  "node_cpu_usage_seconds_total",
  "node_memory_working_set_bytes",
  "container_cpu_usage_seconds_total",
  "container_memory_working_set_bytes",
  "pod_memory_working_set_bytes",
  "process_resident_memory_bytes",
  "prometheus_remote_storage_samples_(dropped|failed|pending)(_total)?",
  "fluentbit_output_(dropped_records|errors|proc_bytes)_total",
  "fogline_.*",
];

const samplesPerSend = 2_000;
const minuteMs = 60_000;

/**
 * The configuration of Prometheus as an agent. What is sent, how often and how long it waits come from the connectivity profile. It waits in the
 * log on disk; the queue in memory is only what is being sent. https://prometheus.io/docs/prometheus/latest/configuration/configuration/
 */
export const prometheusConfig = (context: ClusterContext): object => {
  const { cluster, fleet, namespace, nodeNamespace } = context;
  const { reportIntervalMs, metricsQueueSamples, metricsRetentionMs, budgetBytesPerDay, bandwidthBytesPerSecond } = cluster.connectivity;
  const metered = budgetBytesPerDay !== undefined;
  const shardsMax = metered || bandwidthBytesPerSecond < 1_000_000 ? 1 : 4;
  return {
    global: {
      scrape_interval: duration(reportIntervalMs),
      scrape_timeout: "10s",
      external_labels: { cluster: cluster.name, fleet: fleet.name, site: cluster.site },
    },
    scrape_configs: [podJob([monitoringNamespace, namespace, nodeNamespace]), nodeJob],
    remote_write: [
      {
        url: `https://${receivers(context).metrics}/api/v1/write`,
        // The fleet's own CA signs what takes it.
        tls_config: { ca_file: paths.authority },
        basic_auth: { username: cluster.name, password_file: paths.password },
        remote_timeout: "30s",
        ...(metered ? { write_relabel_configs: [{ source_labels: ["__name__"], regex: keptWhereMetered.join("|"), action: "keep" }] } : {}),
        queue_config: {
          capacity: metricsQueueSamples,
          min_shards: 1,
          max_shards: shardsMax,
          max_samples_per_send: samplesPerSend,
          // Few large messages where each byte counts: labels compress among each other.
          batch_send_deadline: metered ? duration(Math.min(reportIntervalMs, minuteMs)) : "5s",
          min_backoff: "1s",
          max_backoff: "5m",
          retry_on_http_429: true,
          // What the log does not hold any more is not worth sending either.
          sample_age_limit: duration(metricsRetentionMs),
        },
        metadata_config: { send: !metered },
      },
    ],
  };
};

/** Every pod of ours with a port named `ops`. A limit on samples keeps one talkative workload from filling the line of a place. */
export const podJob = (namespaces: readonly string[]): object => ({
  job_name: "pods",
  kubernetes_sd_configs: [{ role: "pod", namespaces: { names: [...namespaces].toSorted() } }],
  sample_limit: 2_000,
  relabel_configs: [
    { source_labels: ["__meta_kubernetes_pod_container_port_name"], regex: "ops", action: "keep" },
    { source_labels: ["__meta_kubernetes_pod_phase"], regex: "Pending|Succeeded|Failed", action: "drop" },
    { source_labels: ["__meta_kubernetes_pod_annotation_prometheus_io_path"], regex: "(.+)", target_label: "__metrics_path__", action: "replace" },
    { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace", action: "replace" },
    { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod", action: "replace" },
    { source_labels: ["__meta_kubernetes_pod_label_app_kubernetes_io_name"], target_label: "app", action: "replace" },
    { source_labels: ["__meta_kubernetes_pod_node_name"], target_label: "node", action: "replace" },
  ],
});

/** What the kubelet of each node says of its node, pods and containers: processor time and memory, and nothing else. */
const nodeJob: object = {
  job_name: "nodes",
  kubernetes_sd_configs: [{ role: "node" }],
  scheme: "https",
  metrics_path: "/metrics/resource",
  sample_limit: 2_000,
  authorization: { credentials_file: `${account}/token` },
  tls_config: { ca_file: `${account}/ca.crt` },
  relabel_configs: [{ source_labels: ["__meta_kubernetes_node_name"], target_label: "node", action: "replace" }],
};
