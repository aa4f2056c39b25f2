export type { AppContext, AppDefinition, Charts, ClusterChart, SettingsSchema } from "./charts.ts";
export { type ContainerOptions, hardenedContainer, restrictedPod } from "./container.ts";
export { type DevicePluginConfig, devicePluginConfigName, devicePluginConfigs, hasGpu } from "./device-plugin.ts";
export { fluxKustomization, gitRepository } from "./flux.ts";
export { selectorLabels, standardLabels } from "./labels.ts";
export { identityOf, type KubernetesObject, nameOf } from "./object.ts";
export { addWorkload, type WorkloadOptions } from "./workload.ts";
