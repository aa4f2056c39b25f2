import type { Volume } from "@fogline/fleet";
import { type AppContext, addWorkload, startSecondsOn } from "@fogline/manifests";
import type { Chart } from "cdk8s";

const MiB = 1024 ** 2;
const opsPort = 9_464;
const stateFolder = "/var/lib/fogline";

/** The Secret with the login of the NATS server: NATS_PASSWORD for the server, NATS_URL for those that it joins. */
export const natsSecret = "nats-login";

/** Whether the parts of a hub run here as several processes, joined by a NATS server. */
export const isJoined = ({ workloads }: Pick<AppContext, "workloads">): boolean => workloads.some(({ workload }) => workload === "nats");

/** Adds one of the hub's own workloads: it answers health and metrics on its ops port and is configured by its environment alone. */
export const addHubWorkload = (
  chart: Chart,
  context: AppContext,
  options: {
    readonly ports?: Readonly<Record<string, number>>;
    readonly stateBytes?: number;
    readonly environment?: Readonly<Record<string, string>>;
    readonly volumes?: readonly Volume[];
    readonly fromOutside?: boolean;
  } = {},
): void => {
  const { target, version, name } = context;
  const joined = isJoined(context);
  const state = options.stateBytes === undefined || keptElsewhere(context) ? [] : [stateVolume(options.stateBytes)];
  const inside = joined && state.length > 0 ? { DATABASE_PATH: `${stateFolder}/${name}.sqlite` } : {};
  const volumes = [...state, ...(options.volumes ?? [])];
  addWorkload(chart, joined ? { ...context, target: { ...target, secrets: [natsSecret, ...target.secrets] } } : context, {
    ...(volumes.length === 0 ? {} : { volumes }),
    exposes: Object.keys(options.ports ?? {}),
    opsPort: "ops",
    priority: "fogline-hub",
    fromOutside: options.fromOutside ?? false,
    container: {
      env: { OPS_HOST: "0.0.0.0", OPS_PORT: String(opsPort), VERSION: version, ...inside, ...options.environment, ...context.environment },
      ports: { ...options.ports, ops: opsPort },
      cpuMillicores: target.needs.cpuMillicores ?? 100,
      memoryBytes: target.needs.memoryBytes ?? 160 * MiB,
      health: { live: "/healthz", ready: "/readyz", port: "ops", intervalSeconds: 10, startSeconds: startSecondsOn(context.devices) },
    },
  });
};

/** Several replicas share a PostgreSQL, whose URL is in a Secret: a volume would belong to one of them. */
export const keptElsewhere = (context: Pick<AppContext, "workloads" | "target">): boolean => isJoined(context) && context.target.replicas > 1;

const stateVolume = (sizeBytes: number): Volume => ({ name: "data", path: stateFolder, kind: "keep", sizeBytes });
