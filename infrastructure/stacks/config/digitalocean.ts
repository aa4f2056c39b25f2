import { z } from "zod";

/** As DigitalOcean names them: fra1, nyc3. */
export const region = z.string().regex(/^[a-z]{3}\d$/, "must be a region such as fra1");

/** A cluster that DigitalOcean runs. `doctl kubernetes options` lists versions, sizes and regions. */
export const digitalOceanCluster = z.strictObject({
  region,
  version: z.string().regex(/^1\.\d+\.\d+-do\.\d+$/, "must be a version such as 1.36.3-do.0"),
  /** The private network of the nodes. */
  ipRange: z.string().regex(/^(10|172|192)(\.\d{1,3}){3}\/(1[6-9]|2[0-4])$/, "must be a private range of /16 to /24 such as 10.20.0.0/20"),
  nodes: z
    .strictObject({
      size: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)+$/, "must be a size such as s-4vcpu-8gb"),
      count: z.int("must be a whole number").min(1, "must be at least 1").max(100, "must be at most 100"),
      /** The most nodes that load may bring it to; the count never changes without it. */
      countMax: z.int("must be a whole number").min(1, "must be at least 1").max(100, "must be at most 100").optional(),
    })
    .refine(({ count, countMax = count }) => countMax >= count, { path: ["countMax"], message: "must not be below count" }),
  /** Whether the control plane stands on several machines, which costs more. */
  highlyAvailable: z.boolean("must be true or false").optional(),
});

export type DigitalOceanClusterSettings = z.infer<typeof digitalOceanCluster>;

/** A registry that DigitalOcean runs; an account has one. */
export const digitalOceanRegistry = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([a-z0-9-]{1,61}[a-z0-9])$/, "must be a name of lower-case letters, digits and hyphens"),
  region,
  tier: z.enum(["starter", "basic", "professional"], "must be starter, basic or professional"),
});

export type DigitalOceanRegistrySettings = z.infer<typeof digitalOceanRegistry>;
