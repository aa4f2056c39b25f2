import { z } from "zod";
import type { SchemaProblem } from "./schema.ts";

const duration = z.string().regex(/^(\d+(\.\d+)?(ms|s|m|h))+$/, "must be a duration such as 10m");
const texts = z.record(z.string(), z.string());
const text = z.string().optional();
const flag = z.boolean().optional();

const component = z.enum([
  "source-controller",
  "kustomize-controller",
  "helm-controller",
  "notification-controller",
  "image-reflector-controller",
  "image-automation-controller",
  "source-watcher",
]);

const cluster = z
  .strictObject({
    type: z.enum(["kubernetes", "openshift", "aws", "azure", "gcp"]).optional(),
    size: z.enum(["small", "medium", "large"]).optional(),
    multitenant: flag,
    multitenantWorkloadIdentity: flag,
    objectLevelWorkloadIdentity: flag,
    tenantDefaultServiceAccount: text,
    tenantDefaultDecryptionServiceAccount: text,
    tenantDefaultKubeConfigServiceAccount: text,
    networkPolicy: flag,
    domain: text,
  })
  .refine(
    (one) => one.multitenantWorkloadIdentity !== true || one.objectLevelWorkloadIdentity === true,
    "multitenantWorkloadIdentity needs objectLevelWorkloadIdentity",
  );

const patch = z.strictObject({
  patch: z.string(),
  target: z
    .strictObject({ group: text, version: text, kind: text, name: text, namespace: text, annotationSelector: text, labelSelector: text })
    .optional(),
});

const sync = z
  .strictObject({
    name: text,
    kind: z.enum(["OCIRepository", "GitRepository", "Bucket"]),
    // The definition takes any text, and the source that the operator makes of it does not.
    url: z.string().regex(/^(http|https|oci|ssh):\/\/.+$/, "must be a URL of http, https, oci or ssh"),
    ref: z.string(),
    path: z.string(),
    interval: duration.optional(),
    pullSecret: text,
    provider: z.enum(["generic", "aws", "azure", "gcp", "github"]).optional(),
  })
  .refine(({ provider, kind }) => provider !== "gcp" || kind !== "GitRepository", "provider gcp is not taken for a GitRepository")
  .refine(({ provider, kind }) => provider !== "github" || kind === "GitRepository", "provider github is only taken for a GitRepository");

const spec = z
  .strictObject({
    distribution: z.strictObject({
      version: z.string(),
      registry: z.string(),
      variant: z.enum(["upstream-alpine", "enterprise-alpine", "enterprise-distroless", "enterprise-distroless-fips"]).optional(),
      artifact: z.string().startsWith("oci://").optional(),
      artifactPullSecret: text,
      imagePullSecret: text,
    }),
    components: z.array(component).optional(),
    cluster: cluster.optional(),
    commonMetadata: z.strictObject({ annotations: texts.optional(), labels: texts.optional() }).optional(),
    kustomize: z.strictObject({ patches: z.array(patch).optional() }).optional(),
    migrateResources: flag,
    sharding: z.strictObject({ key: text, shards: z.array(z.string()).min(1), storage: z.enum(["ephemeral", "persistent"]).optional() }).optional(),
    storage: z.strictObject({ class: z.string(), size: z.string() }).optional(),
    sync: sync.optional(),
    wait: flag,
  })
  .refine((one) => one.sharding?.storage !== "persistent" || one.storage !== undefined, "sharding with persistent storage needs storage");

/**
 * The FluxInstance of the Flux Operator; no package has a model of it. Fields and their bounds from
 * https://fluxoperator.dev/docs/crd/fluxinstance, API version fluxcd.controlplane.io/v1.
 */
const fluxInstance = z.strictObject({
  apiVersion: z.literal("fluxcd.controlplane.io/v1"),
  kind: z.literal("FluxInstance"),
  metadata: z.strictObject({
    name: z.literal("flux"),
    namespace: z.string(),
    labels: texts.optional(),
    annotations: texts.optional(),
    finalizers: z.array(z.string()).optional(),
  }),
  spec: spec.optional(),
});

/** What of a FluxInstance does not fit, unknown fields included. */
export const fluxInstanceProblems = (object: object): SchemaProblem[] =>
  (fluxInstance.safeParse(object).error?.issues ?? []).map(({ path, message }) => ({ message, path: path.join(".") }));
