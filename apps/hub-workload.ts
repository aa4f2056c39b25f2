import { type AppContext, addWorkload, startSecondsOn } from "@fogline/manifests";
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
    readonly fromOutside?: boolean;
  } = {},
): void => {
  const { target, version } = context;
  addWorkload(chart, context, {
    ...(options.stateBytes === undefined
      ? {}
      : { volumes: [{ name: "data", path: "/var/lib/fogline", kind: "keep", sizeBytes: options.stateBytes }] }),
    exposes: Object.keys(options.ports ?? {}),
    opsPort: "ops",
    priority: "fogline-hub",
    fromOutside: options.fromOutside ?? false,
    container: {
      env: { OPS_HOST: "0.0.0.0", OPS_PORT: String(opsPort), VERSION: version, ...options.environment, ...context.environment },
      ports: { ...options.ports, ops: opsPort },
      cpuMillicores: target.needs.cpuMillicores ?? 100,
      memoryBytes: target.needs.memoryBytes ?? 160 * MiB,
      health: { live: "/healthz", ready: "/readyz", port: "ops", intervalSeconds: 10, startSeconds: startSecondsOn(context.devices) },
    },
  });
};
