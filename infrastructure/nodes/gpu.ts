import { type ClusterChart, devicePluginConfigs, gpuConfigLabel, hasGpu, standardLabels } from "@fogline/manifests";
import { ApiObject } from "cdk8s";
import { dump } from "js-yaml";
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import { devicePlugin } from "./plugin.ts";

const image = "nvcr.io/nvidia/k8s-device-plugin:v0.20.0";

/**
 * NVIDIA's device plugin, once for each configuration that the cluster's boards ask for by their label. Shares are turns in time: they do not separate
 * memory, which on a Jetson is the board's. https://github.com/NVIDIA/k8s-device-plugin, section "Shared Access to GPUs"
 */
export const gpuChart: ClusterChart = {
  name: "gpu",
  source: "infrastructure/nodes/gpu.ts gpuChart",
  layer: "controllers",
  appliesTo: ({ devices }) => devices.some(hasGpu),
  build: (chart, context) => {
    for (const [config, content] of Object.entries(devicePluginConfigs(context.devices))) {
      const name = `nvidia-device-plugin-${config}`;
      const map: IConfigMap = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace: context.nodeNamespace, labels: standardLabels(name) },
        data: { [`${config}.yaml`]: dump(content) },
      };
      new ApiObject(chart, `${name}-config`, map);
      const plugin = devicePlugin(context, {
        ...{ name, image, runtimeClass: "nvidia" },
        args: [`--config-file=/config/${config}.yaml`],
        nodeSelector: { "nvidia.com/gpu.present": "true", [gpuConfigLabel]: config },
        volumes: [{ name: "config", configMap: { name } }],
        mounts: [{ name: "config", mountPath: "/config", readOnly: true }],
      });
      new ApiObject(chart, name, plugin);
    }
  },
};
