import type { AppDefinition } from "@fogline/manifests";
import { addWorkload } from "@fogline/manifests";

const MiB = 1024 ** 2;

/** A workload that is only an image: what the fleet file says of it is all there is. */
export const container: AppDefinition = {
  environmentPrefix: "",
  build: (chart, { workload, namespace, version, image, environment }) => {
    const ports = Object.fromEntries(workload.ports.map((port) => [`port-${port}`, port]));
    const { health } = workload;
    const healthPort = health?.port ?? workload.ports[0];
    addWorkload(chart, {
      name: chart.node.id,
      namespace,
      version,
      replicas: workload.replicas,
      exposes: Object.keys(ports),
      container: {
        image,
        env: environment,
        ports,
        cpuMillicores: workload.needs.cpuMillicores ?? 100,
        memoryBytes: workload.needs.memoryBytes ?? 128 * MiB,
        ...(health?.http === undefined || healthPort === undefined
          ? {}
          : { health: { live: health.http, ready: health.http, port: `port-${healthPort}` } }),
      },
    });
  },
};
