import { type ClusterChart, standardLabels } from "@fogline/manifests";
import type { IClusterIssuer } from "@kubernetes-models/cert-manager/cert-manager.io/v1/ClusterIssuer";
import { ApiObject } from "cdk8s";
import type { INamespace } from "kubernetes-models/v1/Namespace";
import { type HelmOptions, helmRelease, helmRepository } from "../helm.ts";
import { keepsTelemetry } from "../monitoring/place.ts";

const namespace = "cert-manager";
const labels = standardLabels(namespace);

/** The issuer of the fleet's own certificates, and the Secret with the CA that it signs with: edge clusters trust that CA and no other. */
export const issuerName = "fogline-ca";

const certManager: HelmOptions = {
  ...{ name: "cert-manager", namespace, labels, chart: "cert-manager", version: "v1.21.2" },
  repository: { name: "jetstack", url: "https://charts.jetstack.io" },
  values: {
    crds: { enabled: true, keep: true },
    resources: { requests: { cpu: "20m", memory: "96Mi" }, limits: { memory: "192Mi" } },
  },
};

/** cert-manager, where certificates are issued: in the cloud. Edge clusters get theirs through the agent. */
export const certManagerChart: ClusterChart = {
  name: "cert-manager",
  source: "infrastructure/networking/certificates.ts certManagerChart",
  layer: "controllers",
  appliesTo: keepsTelemetry,
  build: (chart, context) => {
    const enforce = { "pod-security.kubernetes.io/enforce": "restricted" };
    const object: INamespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: { ...labels, ...enforce } } };
    new ApiObject(chart, "namespace", object);
    new ApiObject(chart, "repository", helmRepository(certManager));
    new ApiObject(chart, "release", helmRelease(context, certManager));
  },
};

/** Needs the CRDs of cert-manager, so it comes after it; and the Secret with the CA, which people bring, so that no app waits for it. */
export const issuerChart: ClusterChart = {
  name: "issuer",
  source: "infrastructure/networking/certificates.ts issuerChart",
  layer: "addons",
  appliesTo: keepsTelemetry,
  build: (chart) => {
    const issuer: IClusterIssuer = {
      apiVersion: "cert-manager.io/v1",
      kind: "ClusterIssuer",
      metadata: { name: issuerName, labels: standardLabels(issuerName) },
      spec: { ca: { secretName: issuerName } },
    };
    new ApiObject(chart, "issuer", issuer);
  },
};
