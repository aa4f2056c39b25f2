import { type Device, nodeLabelNames } from "@fogline/fleet";
import { devicePluginConfigName, gpuConfigLabel, hasGpu } from "@fogline/manifests";
import { dataDisk, systemMedium } from "./context.ts";
import { byName } from "./file.ts";

/** The labels with which a device registers as a node, its stated ones included, sorted by name. */
export const nodeLabels = (device: Device): Record<string, string> => {
  const data = dataDisk(device) ?? systemMedium(device);
  return byName({
    ...device.labels,
    [nodeLabelNames.hardware]: device.hardware,
    [nodeLabelNames.ring]: device.ring,
    [nodeLabelNames.site]: device.site,
    [nodeLabelNames.tier]: device.tier,
    [nodeLabelNames.connectivity]: device.connectivity.name,
    ...(device.profile.kind === "known" ? { [nodeLabelNames.class]: device.profile.deviceClass } : {}),
    ...(data === undefined ? {} : { [nodeLabelNames.data]: data }),
    // The device plugin's DaemonSet selects by it; feature discovery does not recognise Tegra.
    ...(hasGpu(device) ? { "nvidia.com/gpu.present": "true", [gpuConfigLabel]: devicePluginConfigName(device) } : {}),
  });
};
