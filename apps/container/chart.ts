import { type AppContext, type AppDefinition, addWorkload, deviceResource, gpuResource, type Health, startSecondsOn } from "@fogline/manifests";

const MiB = 1024 ** 2;

/** A workload that is only an image: what the fleet file says of it is all there is. */
export const container: AppDefinition = {
  source: "apps/container/chart.ts container",
  environmentPrefix: "",
  build: (chart, context) => {
    const { target, environment } = context;
    const ports = Object.fromEntries(target.ports.map((port) => [`port-${port}`, port]));
    const health = healthOf(context);
    const gpu = target.needs.gpuSlices;
    addWorkload(chart, context, {
      exposes: Object.keys(ports),
      fromOutside: target.ports.length > 0,
      gpu: gpu !== undefined,
      container: {
        env: environment,
        ports,
        cpuMillicores: target.needs.cpuMillicores ?? 100,
        memoryBytes: target.needs.memoryBytes ?? 128 * MiB,
        resources: {
          ...(gpu === undefined ? {} : { [gpuResource]: gpu }),
          ...Object.fromEntries(target.devices.map((path) => [deviceResource(path), 1])),
        },
        ...(health === undefined ? {} : { health }),
      },
    });
  },
};

/** As the fleet file says; without a word of it, a workload that listens is asked whether its first port opens. */
const healthOf = ({ target, devices }: AppContext): Health | undefined => {
  const { health } = target;
  const port = health?.port ?? target.ports[0];
  const times = { intervalSeconds: Math.max(1, Math.round((health?.intervalMs ?? 10_000) / 1_000)), startSeconds: startSecondsOn(devices) };
  if (health?.command !== undefined) return { command: health.command, ...times };
  if (port === undefined) return undefined;
  if (health?.http !== undefined) return { live: health.http, ready: health.http, port: `port-${port}`, ...times };
  return { tcp: `port-${port}`, ...times };
};
