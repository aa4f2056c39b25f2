import { z } from "zod";

/** The settings that every hub workload has. A workload's `config.ts` spreads them into its own schema. */
export const shellSettings = {
  /** Shown in the service list; the version label of the manifest that deployed it. */
  version: z.string().default("0.1.0"),
  /** Names this replica; made from the workload's name and a random part when absent. */
  instance: z.string().min(1).optional(),
  /** Serves /healthz, /readyz and /metrics; 0 takes any free port, absent serves none. */
  opsPort: z.coerce.number().int().min(0).max(65_535).optional(),
  opsHost: z.string().default("127.0.0.1"),
  logLevel: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  /** How long a stop may take before what is left is abandoned. */
  stopDeadlineMs: z.coerce.number().int().min(0).max(300_000).default(10_000),
  /** Its share of the calls beside other replicas of its type, 1 when absent; the bounds keep one from starving the others. */
  weight: z.coerce.number().min(0.01).max(100).optional(),
  /** The region where it runs, as the fleet names it; the gateway can prefer replicas that are near. */
  region: z.string().min(1).max(63).optional(),
  /** The site where it runs, as the fleet names it; nearer than the region. */
  site: z.string().min(1).max(63).optional(),
  /** OpenTelemetry collector that spans go to over OTLP/HTTP; no spans are exported when absent. */
  otlpUrl: z.url().optional(),
  /** The NATS server that joins the workloads of a hub that runs as several processes, `nats://user:password@host:4222` or `tls://…`; several of one cluster are separated by commas. Without it the workload is alone. */
  natsUrl: z.string().min(1).meta({ secret: true }).optional(),
  /** Proves this process to the NATS server instead of a password in the URL: a `.creds` file, or a file with an nkey seed. */
  natsCredentialsFile: z.string().min(1).optional(),
  /** PEM of the authorities that may have signed the NATS server's certificate; with it TLS is a must. */
  natsCaFile: z.string().min(1).optional(),
  /** PEM of this process's own certificate for the NATS server, and its key; both or none. */
  natsCertificateFile: z.string().min(1).optional(),
  natsKeyFile: z.string().min(1).optional(),
} as const;
