import type { AppContext } from "@fogline/manifests";
import { addWorkload } from "@fogline/manifests";
import type { Chart } from "cdk8s";

const MiB = 1024 ** 2;
const opsPort = 9_464;

/** Adds one of the hub's own workloads: it answers health and metrics on its ops port and is configured by its environment alone. */
export const addHubWorkload = (
  chart: Chart,
  context: AppContext,
  options: {
    readonly ports?: Readonly<Record<string, number>>;
    readonly stateBytes?: number;
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): void => {
  const { workload, namespace, version, image } = context;
  addWorkload(chart, {
    name: chart.node.id,
    namespace,
    version,
    replicas: workload.replicas,
    ...(options.stateBytes === undefined ? {} : { data: { mountPath: "/var/lib/fogline", sizeBytes: options.stateBytes } }),
    exposes: Object.keys(options.ports ?? {}),
    container: {
      image,
      env: { OPS_HOST: "0.0.0.0", OPS_PORT: String(opsPort), VERSION: version, ...options.environment, ...context.environment },
      ports: { ...options.ports, ops: opsPort },
      cpuMillicores: workload.needs.cpuMillicores ?? 100,
      memoryBytes: workload.needs.memoryBytes ?? 160 * MiB,
      health: { live: "/healthz", ready: "/readyz", port: "ops" },
    },
  });
};
