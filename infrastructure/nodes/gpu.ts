import { type ClusterChart, devicePluginConfigs, gpuConfigLabel, hasGpu, standardLabels, yamlText } from "@fogline/manifests";
import { ApiObject } from "cdk8s";
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import { mpsClient, mpsDaemon } from "./mps.ts";
import { devicePlugin } from "./plugin.ts";

const image = "nvcr.io/nvidia/k8s-device-plugin:v0.20.0";

/**
 * NVIDIA's device plugin, once for each configuration that the cluster's boards ask for by their label, and the MPS daemon where shares are made by
 * MPS. Shares that are turns in time do not separate memory, which on a Jetson is the board's. https://github.com/NVIDIA/k8s-device-plugin, section "Shared Access to GPUs"
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
        data: { [`${config}.yaml`]: yamlText(content) },
      };
      new ApiObject(chart, `${name}-config`, map);
      const nodeSelector = { "nvidia.com/gpu.present": "true", [gpuConfigLabel]: config };
      const volume = { name: "config", configMap: { name } };
      const file = `/config/${config}.yaml`;
      const mps = content.sharing?.mps !== undefined;
      const plugin = devicePlugin(context, {
        ...{ name, image, nodeSelector, runtimeClass: "nvidia" },
        args: [`--config-file=${file}`],
        ...(mps ? { env: mpsClient.env } : {}),
        volumes: [volume, ...(mps ? mpsClient.volumes : [])],
        mounts: [{ name: "config", mountPath: "/config", readOnly: true }, ...(mps ? mpsClient.mounts : [])],
      });
      new ApiObject(chart, name, plugin);
      if (!mps) continue;
      const daemon = `nvidia-mps-control-daemon-${config}`;
      new ApiObject(chart, daemon, mpsDaemon(context, { name: daemon, image, nodeSelector, config: { volume, mountPath: "/config", file } }));
    }
  },
};
