import { shellSettings } from "@fogline/contracts";
import { z } from "zod";

/** The policy engine's settings; `README.md` has them as a table. */
export const policyConfig = z.strictObject({
  ...shellSettings,
  /** File of the SQLite database; used when `databaseUrl` is absent. */
  databasePath: z.string().min(1).default("policy.sqlite"),
  /** PostgreSQL to use instead of a file; several replicas may share one. */
  databaseUrl: z.string().min(1).meta({ secret: true }).optional(),
  /** Entries of the audit log that are kept; the oldest above are forgotten. */
  auditKept: z.coerce.number().int().min(1_000).max(100_000_000).default(100_000),
});

export type PolicyConfig = z.output<typeof policyConfig>;
