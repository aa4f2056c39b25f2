import { type ClusterChart, type ClusterContext, monitoringNamespace as namespace, standardLabels } from "@fogline/manifests";
import { ApiObject, type Chart } from "cdk8s";
import { type HelmOptions, helmRelease, helmRepository } from "../helm.ts";
import { podJob } from "./metrics-config.ts";
import { keepsTelemetry } from "./place.ts";

const elastic = { name: "elastic", url: "https://helm.elastic.co" };

const claim = (storage: string) => ({
  volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } } },
});

/** Prometheus that keeps and answers, Grafana and Alertmanager. */
const metrics = ({ namespace: workloads, nodeNamespace }: ClusterContext): HelmOptions => ({
  ...{ name: "kube-prometheus-stack", namespace, chart: "kube-prometheus-stack", version: "91.4.1" },
  labels: standardLabels("kube-prometheus-stack"),
  repository: { name: "prometheus-community", url: "https://prometheus-community.github.io/helm-charts" },
  values: {
    alertmanager: { alertmanagerSpec: { storage: claim("2Gi") } },
    grafana: {
      admin: { existingSecret: "grafana-admin", userKey: "user", passwordKey: "password" },
      persistence: { enabled: true, size: "5Gi" },
    },
    prometheus: {
      prometheusSpec: {
        additionalScrapeConfigs: [podJob([namespace, workloads, nodeNamespace])],
        enableRemoteWriteReceiver: true,
        // Places on small lines send every five minutes or less often: with the default of five minutes their graphs would be full of gaps.
        query: { lookbackDelta: "15m" },
        retention: "30d",
        retentionSize: "45GB",
        storageSpec: claim("50Gi"),
        // Samples of an outage come late, and are wanted nevertheless.
        tsdb: { outOfOrderTimeWindow: "30d" },
      },
    },
  },
});

/** Elasticsearch and Kibana, as their operator makes them of the chart's values. */
const logs: HelmOptions = {
  ...{ name: "logs", namespace, labels: standardLabels("logs"), repository: elastic, chart: "eck-stack", version: "0.20.0" },
  values: {
    "eck-elasticsearch": {
      enabled: true,
      fullnameOverride: "logs",
      nodeSets: [
        {
          name: "default",
          count: 1,
          config: { "node.store.allow_mmap": false },
          podTemplate: { spec: { containers: [{ name: "elasticsearch", resources: { requests: { memory: "2Gi" }, limits: { memory: "2Gi" } } }] } },
          volumeClaimTemplates: [
            {
              metadata: { name: "elasticsearch-data" },
              spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "50Gi" } } },
            },
          ],
        },
      ],
    },
    "eck-kibana": { enabled: true, fullnameOverride: "logs", count: 1, elasticsearchRef: { name: "logs" } },
  },
};

const logsOperator: HelmOptions = {
  ...{ name: "eck-operator", namespace, labels: standardLabels("eck-operator"), repository: elastic, chart: "eck-operator", version: "3.5.0" },
  values: { managedNamespaces: [namespace], installCRDs: true, config: { telemetry: { disabled: true } } },
};

const addRelease = (chart: Chart, context: ClusterContext, options: HelmOptions): void => {
  new ApiObject(chart, options.name, helmRelease(context, options));
};

/** The operator of Elasticsearch, whose CRDs the stores need. */
export const logsOperatorChart: ClusterChart = {
  name: "logs-operator",
  source: "infrastructure/monitoring/stores.ts logsOperatorChart",
  layer: "controllers",
  appliesTo: keepsTelemetry,
  build: (chart, context) => {
    new ApiObject(chart, "repository", helmRepository(logsOperator));
    addRelease(chart, context, logsOperator);
  },
};

/** Where the fleet's metrics and logs are kept and looked at. */
export const storesChart: ClusterChart = {
  name: "stores",
  source: "infrastructure/monitoring/stores.ts storesChart",
  layer: "addons",
  appliesTo: keepsTelemetry,
  build: (chart, context) => {
    const options = metrics(context);
    new ApiObject(chart, "repository", helmRepository(options));
    addRelease(chart, context, options);
    addRelease(chart, context, logs);
  },
};
