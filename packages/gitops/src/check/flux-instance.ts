import { z } from "zod";
import type { SchemaProblem } from "./schema.ts";

const duration = z.string().regex(/^(\d+(\.\d+)?(ms|s|m|h))+$/, "must be a duration such as 10m");

/**
 * The FluxInstance of the Flux Operator, as far as render writes it; no package has a model of it. Fields and their bounds from
 * https://fluxoperator.dev/docs/crd/fluxinstance, API version fluxcd.controlplane.io/v1.
 */
const fluxInstance = z.strictObject({
  apiVersion: z.literal("fluxcd.controlplane.io/v1"),
  kind: z.literal("FluxInstance"),
  metadata: z.strictObject({
    name: z.literal("flux"),
    namespace: z.string(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.strictObject({
    distribution: z.strictObject({
      version: z.string(),
      registry: z.string(),
      artifact: z.string().startsWith("oci://").optional(),
      imagePullSecret: z.string().optional(),
    }),
    components: z.array(
      z.enum([
        "source-controller",
        "kustomize-controller",
        "helm-controller",
        "notification-controller",
        "image-reflector-controller",
        "image-automation-controller",
        "source-watcher",
      ]),
    ),
    cluster: z.strictObject({
      type: z.enum(["kubernetes", "openshift", "aws", "azure", "gcp"]).optional(),
      size: z.enum(["small", "medium", "large"]).optional(),
      multitenant: z.boolean().optional(),
      tenantDefaultServiceAccount: z.string().optional(),
      networkPolicy: z.boolean().optional(),
      domain: z.string().optional(),
    }),
    kustomize: z
      .strictObject({
        patches: z.array(
          z.strictObject({
            patch: z.string(),
            target: z.strictObject({ kind: z.string(), name: z.string().optional(), namespace: z.string().optional() }),
          }),
        ),
      })
      .optional(),
    storage: z.strictObject({ class: z.string(), size: z.string() }).optional(),
    sync: z.strictObject({
      name: z.string().optional(),
      kind: z.enum(["OCIRepository", "GitRepository", "Bucket"]),
      url: z.string().regex(/^(http|https|oci|ssh):\/\/.+$/, "must be a URL of http, https, oci or ssh"),
      ref: z.string(),
      path: z.string(),
      interval: duration.optional(),
      pullSecret: z.string().optional(),
    }),
  }),
});

/** What of a FluxInstance does not fit, unknown fields included. */
export const fluxInstanceProblems = (object: object): SchemaProblem[] =>
  (fluxInstance.safeParse(object).error?.issues ?? []).map(({ path, message }) => ({ message, path: path.join(".") }));
