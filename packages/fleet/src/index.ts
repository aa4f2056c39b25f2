export { type ConnectivityName, type ConnectivityProfile, connectivity, connectivityNames, refineConnectivity } from "./connectivity.ts";
export { type FleetDocument, type FleetFile, readFleetDocument } from "./document.ts";
export { addDevice, type EditContext, type NewDevice } from "./edit.ts";
export {
  type Architecture,
  type DetectedHardware,
  type DeviceClass,
  deviceClasses,
  forWorkloads,
  type Gpu,
  type HardwareName,
  type HardwareProfile,
  hardware,
  hardwareNames,
  isHardwareName,
  type KnownHardware,
  type StorageMedium,
} from "./hardware.ts";
export type {
  Cluster,
  Collection,
  Device,
  DeviceRole,
  Fleet,
  Json,
  Ring,
  Site,
  Workload,
  WorkloadHealth,
  WorkloadTarget,
} from "./model.ts";
export { checkFleet, parseFleet } from "./parse.ts";
export type { FleetCode } from "./report.ts";
export { fleetRules } from "./rules/index.ts";
export type { FleetRule } from "./rules/rule.ts";
export { fleetJsonSchema } from "./schema.ts";
export { isTier, type Tier, type TierLevel, tierAlone, tierNames, tiers } from "./tiers.ts";
export { parseWindow, type Weekday, type Window } from "./window.ts";
