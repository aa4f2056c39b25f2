import type { KubernetesObject } from "@fogline/manifests";
import { parseQuantity } from "@fogline/units";
import { type Fields, fieldsOf, isFields, listOf } from "../lookup.ts";
import { eachOf, podSpecWithDefaults, templateWithDefaults, withDefaults, within } from "./pod-defaults.ts";

type Change = (spec: Fields) => Fields;

const template =
  (restartPolicy: "Always" | undefined): Change =>
  (spec) =>
    spec.template === undefined ? spec : { ...spec, template: templateWithDefaults(spec.template, restartPolicy) };

const job: Change = (spec) => withDefaults(template(undefined)(spec), { backoffLimit: 6, completionMode: "NonIndexed", suspend: false });

const claim: Change = (spec) => withDefaults(spec, { volumeMode: "Filesystem" });

const rolling = (strategy: unknown, defaults: Fields): Fields => {
  const stated = withDefaults(fieldsOf(strategy), { type: "RollingUpdate" });
  return stated.type === "RollingUpdate" ? { ...stated, rollingUpdate: withDefaults(fieldsOf(stated.rollingUpdate), defaults) } : stated;
};

const service: Change = (spec) => {
  const type = spec.type ?? "ClusterIP";
  const outside = type === "NodePort" || type === "LoadBalancer" ? { externalTrafficPolicy: "Cluster" } : {};
  const inside = type === "ExternalName" ? {} : { internalTrafficPolicy: "Cluster" };
  return eachOf(withDefaults(spec, { type, sessionAffinity: "None", ...inside, ...outside }), "ports", (port) =>
    withDefaults(port, { protocol: "TCP", targetPort: port.port }),
  );
};

const networkPolicy: Change = (spec) => {
  const egress = listOf(spec.egress).length > 0 ? ["Egress"] : [];
  const rule: Change = (one) => eachOf(one, "ports", (port) => withDefaults(port, { protocol: "TCP" }));
  return eachOf(eachOf(withDefaults(spec, { policyTypes: ["Ingress", ...egress] }), "ingress", rule), "egress", rule);
};

/** What the server fills in below `spec`, by kind (kubernetes, `pkg/apis/<group>/v1/defaults.go`). */
const specDefaults: Readonly<Record<string, Change>> = {
  Deployment: (spec) =>
    withDefaults(
      { ...template("Always")(spec), strategy: rolling(spec.strategy, { maxSurge: "25%", maxUnavailable: "25%" }) },
      { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 },
    ),
  DaemonSet: (spec) =>
    withDefaults(
      { ...template("Always")(spec), updateStrategy: rolling(spec.updateStrategy, { maxSurge: 0, maxUnavailable: 1 }) },
      { revisionHistoryLimit: 10 },
    ),
  StatefulSet: (spec) =>
    withDefaults(
      {
        ...eachOf(template("Always")(spec), "volumeClaimTemplates", (one) => within(one, "spec", claim)),
        updateStrategy: rolling(spec.updateStrategy, { partition: 0 }),
        persistentVolumeClaimRetentionPolicy: withDefaults(fieldsOf(spec.persistentVolumeClaimRetentionPolicy), {
          whenDeleted: "Retain",
          whenScaled: "Retain",
        }),
      },
      { replicas: 1, revisionHistoryLimit: 10, podManagementPolicy: "OrderedReady" },
    ),
  ReplicaSet: (spec) => withDefaults(template("Always")(spec), { replicas: 1 }),
  Job: job,
  CronJob: (spec) =>
    withDefaults(
      within(spec, "jobTemplate", (one) => within(one, "spec", template(undefined))),
      { concurrencyPolicy: "Allow", failedJobsHistoryLimit: 1, successfulJobsHistoryLimit: 3, suspend: false },
    ),
  Pod: (spec) => withDefaults(podSpecWithDefaults(spec, "Always"), { enableServiceLinks: true }),
  Service: service,
  PersistentVolumeClaim: claim,
  NetworkPolicy: networkPolicy,
  HorizontalPodAutoscaler: (spec) => withDefaults(spec, { minReplicas: 1 }),
};

const objectDefaults: Readonly<Record<string, Fields>> = {
  StorageClass: { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" },
  Secret: { type: "Opaque" },
};

/** Groups whose types drop what is empty, because their fields are Go structs. Custom resources are stored as they are written. */
const isBuiltIn = (apiVersion: string): boolean => {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return ["", "apps", "batch", "autoscaling", "policy"].includes(group) || (group.endsWith(".k8s.io") && !group.endsWith(".x-k8s.io"));
};

const quantitiesBelow = new Set(["requests", "limits", "capacity", "hard"]);
const quantityKeys = new Set(["sizeLimit", "divisor"]);
const mapsThatMayBeAbsent = new Set(["labels", "annotations", "matchLabels", "nodeSelector", "requests", "limits", "data", "binaryData"]);
const falseIsAbsent = new Set(["hostNetwork", "hostPID", "hostIPC", "paused", "stdin", "stdinOnce", "tty", "readOnly", "publishNotReadyAddresses"]);
const zeroIsAbsent = new Set(["minReadySeconds", "initialDelaySeconds"]);
const emptyTextIsAbsent = new Set(["value", "subPath", "clusterIP", "namespace"]);

const isAbsent = (key: string, value: unknown): boolean => {
  if (value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (isFields(value)) return mapsThatMayBeAbsent.has(key) && Object.keys(value).length === 0;
  if (value === false) return falseIsAbsent.has(key);
  if (value === 0) return zeroIsAbsent.has(key);
  return value === "" && emptyTextIsAbsent.has(key);
};

const amount = (value: unknown): unknown => parseQuantity(value) ?? value;

const settled = (value: unknown, key: string): unknown => {
  if (Array.isArray(value)) return value.map((item) => settled(item, ""));
  if (!isFields(value)) return quantityKeys.has(key) ? amount(value) : value;
  const fields = Object.entries(value).map(([name, field]): [string, unknown] => [
    name,
    quantitiesBelow.has(key) ? amount(field) : settled(field, name),
  ]);
  return Object.fromEntries(fields.filter(([name, field]) => !isAbsent(name, field)));
};

/** Keys under which people keep text of their own: what is empty or looks like a quantity there is none of the server's business. */
const free = new Set(["data", "binaryData", "stringData"]);

/** Objects never change once they are read, and several rules ask for the same ones. */
const forms = new WeakMap<KubernetesObject, Fields>();

/**
 * An object as the server keeps it after applying a manifest: with its defaults, without what says nothing, quantities as numbers. Two manifests
 * with equal canonical forms are the same to the server, so that exchanging one for the other changes no generation and restarts nothing.
 * Covers the defaults of the kinds in {@link specDefaults}; another kind is taken as written, less nulls and `status`.
 */
export const canonical = (object: KubernetesObject): Fields => {
  let form = forms.get(object);
  if (form === undefined) {
    form = canonicalOf(object);
    forms.set(object, form);
  }
  return form;
};

const canonicalOf = (object: KubernetesObject): Fields => {
  const { status: _, ...stated } = object as Fields;
  const builtIn = isBuiltIn(object.apiVersion);
  const spec = builtIn ? specDefaults[object.kind] : undefined;
  const filled = { ...(builtIn ? objectDefaults[object.kind] : undefined), ...(spec === undefined ? stated : within(stated, "spec", spec)) };
  const fields = Object.entries(filled).map(([key, value]): [string, unknown] => [key, builtIn && !free.has(key) ? settled(value, key) : value]);
  return Object.fromEntries(fields.filter(([key, value]) => (builtIn ? !isAbsent(key, value) : value !== null && value !== undefined)));
};
