import { type ClusterChart, type ClusterContext, gpuConfigLabel, gpuConfigName, gpuResource, standardLabels } from "@fogline/manifests";
import { ApiObject } from "cdk8s";
import { dump } from "js-yaml";
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import { devicePlugin } from "./plugin.ts";

const image = "nvcr.io/nvidia/k8s-device-plugin:v0.20.0";

/** The divisions that the cluster's GPUs have, in ascending order. */
const divisions = ({ devices }: ClusterContext): number[] => {
  const slices = devices.flatMap(({ profile, gpuSlices }) => (profile.kind === "known" && profile.gpu !== undefined ? [gpuSlices] : []));
  return [...new Set(slices)].toSorted((a, b) => a - b);
};

/**
 * NVIDIA's device plugin, once for each division of a GPU that the cluster's boards have. Its way of finding GPUs is stated, because what it finds by
 * itself on a Jetson without the runtime is nothing. Shares are turns in time: they do not separate memory, which on a Jetson is the board's.
 * https://github.com/NVIDIA/k8s-device-plugin, section "Shared Access to GPUs"
 */
export const gpuChart: ClusterChart = {
  name: "gpu",
  source: "infrastructure/nodes/gpu.ts gpuChart",
  layer: "controllers",
  appliesTo: (context) => divisions(context).length > 0,
  build: (chart, context) => {
    for (const slices of divisions(context)) {
      const config = gpuConfigName(slices);
      const name = `nvidia-device-plugin-${config}`;
      const map: IConfigMap = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace: context.nodeNamespace, labels: standardLabels(name) },
        data: { [`${config}.yaml`]: dump(pluginConfig(slices)) },
      };
      new ApiObject(chart, `${name}-config`, map);
      const plugin = devicePlugin(context, {
        ...{ name, image, runtimeClass: "nvidia" },
        args: ["--device-discovery-strategy=tegra", `--config-file=/config/${config}.yaml`],
        nodeSelector: { "nvidia.com/gpu.present": "true", [gpuConfigLabel]: config },
        volumes: [{ name: "config", configMap: { name } }],
        mounts: [{ name: "config", mountPath: "/config", readOnly: true }],
      });
      new ApiObject(chart, name, plugin);
    }
  },
};

const pluginConfig = (slices: number): object => ({
  version: "v1",
  ...(slices === 1
    ? {}
    : {
        sharing: {
          timeSlicing: { renameByDefault: false, failRequestsGreaterThanOne: false, resources: [{ name: gpuResource, replicas: slices }] },
        },
      }),
});
