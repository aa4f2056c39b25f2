import { type ClusterChart, type ClusterContext, deviceDomain, deviceName } from "@fogline/manifests";
import { ApiObject } from "cdk8s";
import { devicePlugin } from "./plugin.ts";

const image = "ghcr.io/squat/generic-device-plugin:0.2.0";

/** Device files that workloads of the cluster ask for, sorted. */
const deviceFiles = ({ workloads }: ClusterContext): string[] => [...new Set(workloads.flatMap(({ target }) => target.devices))].toSorted();

/**
 * Offers device files as resources, so that a workload gets its camera or GPIO chip and stays without privileges, and runs where the device is.
 * https://github.com/squat/generic-device-plugin
 */
export const deviceFilesChart: ClusterChart = {
  name: "device-files",
  source: "infrastructure/nodes/device-files.ts deviceFilesChart",
  layer: "controllers",
  appliesTo: (context) => deviceFiles(context).length > 0,
  build: (chart, context) => {
    const plugin = devicePlugin(context, {
      ...{ name: "device-files", image, privileged: true, hostPaths: { dev: "/dev" } },
      args: [
        `--domain=${deviceDomain}`,
        ...deviceFiles(context).map((path) => `--device=${JSON.stringify({ name: deviceName(path), groups: [{ paths: [{ path }] }] })}`),
      ],
    });
    new ApiObject(chart, "device-files", plugin);
  },
};
