import { type ClusterChart, type ClusterContext, monitoringNamespace as namespace, standardLabels, yamlText } from "@fogline/manifests";
import type { ICertificate } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate";
import { ApiObject } from "cdk8s";
import { issuerName } from "../networking/certificates.ts";
import { addKeptService } from "./kept-service.ts";
import { keepsTelemetry, keptServices as names, receivers } from "./place.ts";

const MiB = 1024 ** 2;
const certificateOf = (name: string): string => `${name}-tls`;

/** The certificates of both receivers. */
export const receiverCertificatesChart: ClusterChart = {
  name: "receiver-certificates",
  source: "infrastructure/monitoring/receivers.ts receiverCertificatesChart",
  layer: "addons",
  appliesTo: keepsTelemetry,
  build: (chart, context) => {
    for (const kind of ["metrics", "logs"] as const) {
      const name = certificateOf(names[kind]);
      const certificate: ICertificate = {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: { name, namespace, labels: standardLabels(name) },
        spec: {
          dnsNames: [receivers(context)[kind]],
          duration: "2160h",
          issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: issuerName },
          privateKey: { algorithm: "ECDSA", rotationPolicy: "Always", size: 256 },
          renewBefore: "720h",
          secretName: name,
        },
      };
      new ApiObject(chart, name, certificate);
    }
  },
};

/**
 * What takes the telemetry of edge clusters: Prometheus as an agent, which asks for a name and a password over TLS and passes on to the Prometheus
 * that keeps, because that one asks nobody; Fluent Bit, which asks for the shared key and passes on to Elasticsearch; and Jaeger for traces.
 */
export const receiversChart: ClusterChart = {
  name: "receivers",
  source: "infrastructure/monitoring/receivers.ts receiversChart",
  layer: "addons",
  appliesTo: keepsTelemetry,
  build: (chart, context) => {
    addKeptService(chart, context, metricsReceiver(context));
    addKeptService(chart, context, logReceiver);
    addKeptService(chart, context, traceStore);
  },
};

const metricsReceiver = ({ cluster, fleet }: ClusterContext) => ({
  name: names.metrics,
  image: "quay.io/prometheus/prometheus:v3.14.0",
  // The names and hashed passwords of clusters, and the paths of the certificate, are in a Secret: docs/monitoring.md has its form.
  args: [
    "--agent",
    "--config.file=/config/prometheus.yml",
    "--storage.agent.path=/data",
    "--web.enable-remote-write-receiver",
    "--web.config.file=/secrets/metrics-receiver-web/web.yml",
    "--web.listen-address=:9090",
  ],
  ports: { write: 9_090 },
  memoryBytes: 512 * MiB,
  health: { tcp: "write", intervalSeconds: 30, startSeconds: 120 },
  config: {
    file: "prometheus.yml",
    text: yamlText({
      global: { external_labels: { receiver: cluster.name, fleet: fleet.name } },
      remote_write: [{ url: `http://kube-prometheus-stack-prometheus.${namespace}.svc:9090/api/v1/write` }],
    }),
  },
  dataSize: "10Gi",
  secrets: [certificateOf(names.metrics), "metrics-receiver-web"],
  exposes: { write: 443 },
  fromOutside: true,
  passesOnTo: 9_090,
});

const variable = (name: string): string => `$\{${name}}`;

const logReceiver = {
  name: names.logs,
  image: "cr.fluentbit.io/fluent/fluent-bit:5.1.3",
  args: ["--config", "/config/fluent-bit.yaml"],
  ports: { forward: 24_224 },
  memoryBytes: 256 * MiB,
  health: { tcp: "forward", intervalSeconds: 30, startSeconds: 120 },
  config: {
    file: "fluent-bit.yaml",
    text: yamlText({
      service: { flush: 5, log_level: "warn", "storage.path": "/data/chunks", "storage.sync": "normal", "storage.max_chunks_up": 32 },
      pipeline: {
        inputs: [
          {
            name: "forward",
            listen: "0.0.0.0",
            port: 24_224,
            shared_key: variable("LOGS_SHARED_KEY"),
            self_hostname: names.logs,
            tls: true,
            "tls.crt_file": `/secrets/${certificateOf(names.logs)}/tls.crt`,
            "tls.key_file": `/secrets/${certificateOf(names.logs)}/tls.key`,
            "storage.type": "filesystem",
          },
        ],
        outputs: [
          {
            name: "es",
            match: "*",
            host: `logs-es-http.${namespace}.svc`,
            port: 9_200,
            http_user: "elastic",
            http_passwd: variable("ELASTIC_PASSWORD"),
            tls: true,
            "tls.verify": true,
            "tls.ca_file": "/secrets/logs-es-http-certs-public/ca.crt",
            logstash_format: true,
            logstash_prefix: "fogline",
            suppress_type_name: true,
            retry_limit: "no_limits",
            "storage.total_limit_size": 8_000 * MiB,
          },
        ],
      },
    }),
  },
  dataSize: "10Gi",
  // The second is made by the operator of Elasticsearch beside its password.
  secrets: [certificateOf(names.logs), "logs-es-http-certs-public"],
  env: [
    { name: "ELASTIC_PASSWORD", valueFrom: { secretKeyRef: { name: "logs-es-elastic-user", key: "elastic" } } },
    { name: "LOGS_SHARED_KEY", valueFrom: { secretKeyRef: { name: "logs-writer", key: "LOGS_SHARED_KEY" } } },
  ],
  exposes: { forward: 24_224 },
  fromOutside: true,
  usedBy: ["log-shipper"],
  passesOnTo: 9_200,
};

const traceStore = {
  name: names.traces,
  image: "docker.io/jaegertracing/jaeger:2.17.0",
  args: ["--config", "/config/jaeger.yaml"],
  ports: { query: 16_686, "otlp-grpc": 4_317, "otlp-http": 4_318, health: 13_133 },
  memoryBytes: 512 * MiB,
  health: { live: "/status", ready: "/status", port: "health", intervalSeconds: 30, startSeconds: 120 },
  config: {
    file: "jaeger.yaml",
    text: yamlText({
      service: {
        extensions: ["jaeger_storage", "jaeger_query", "healthcheckv2"],
        pipelines: { traces: { receivers: ["otlp"], processors: ["batch"], exporters: ["jaeger_storage_exporter"] } },
      },
      extensions: {
        healthcheckv2: { use_v2: true, http: { endpoint: "0.0.0.0:13133" } },
        jaeger_query: { storage: { traces: "kept" } },
        jaeger_storage: {
          backends: { kept: { badger: { ephemeral: false, directories: { keys: "/data/keys", values: "/data/values" }, ttl: { spans: "168h" } } } },
        },
      },
      receivers: { otlp: { protocols: { grpc: { endpoint: "0.0.0.0:4317" }, http: { endpoint: "0.0.0.0:4318" } } } },
      processors: { batch: {} },
      exporters: { jaeger_storage_exporter: { trace_storage: "kept" } },
    }),
  },
  dataSize: "20Gi",
  exposes: { query: 16_686, "otlp-grpc": 4_317, "otlp-http": 4_318 },
  fromOutside: false,
  // Whoever of ours has spans to tell; Grafana looks at them.
  reachedFrom: { fogline: ["otlp-grpc", "otlp-http"], monitoring: ["query"] },
};
