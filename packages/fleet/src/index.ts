export {
  bufferBytesMax,
  type ConnectivityName,
  type ConnectivityProfile,
  connectivity,
  connectivityNames,
  metricsLogBytesFor,
  pullMs,
} from "./connectivity.ts";
export { declaredDevices } from "./declared.ts";
export { type FleetDocument, type FleetFile, type Path, readFleetDocument } from "./document.ts";
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
  type KnownHardware,
  type StorageMedium,
} from "./hardware.ts";
export type { HostOptions, SshAccess } from "./host/build.ts";
export { type BootMedium, type DataMedium, type Governor, hostFacts, isFragile } from "./host/facts.ts";
export { boardIdentities } from "./host/identity.ts";
export { nodeLabelNames } from "./host/labels.ts";
export { type Component, components } from "./host/options.ts";
export { kubeletSysctl, networkSysctl } from "./host/sysctl.ts";
export type { Taint } from "./host/taint.ts";
export { recipientProblem } from "./inputs/age-recipient.ts";
export { type ClusterFacts, clusterFactsText, factsFolder, factsPath, readClusterFacts } from "./inputs/cluster-facts.ts";
export type { ImageLayer, ImagesLock, LockedImage } from "./inputs/images.ts";
export { imagesLockPath, readImagesLock } from "./inputs/images-lock.ts";
export { imagesLockText } from "./inputs/images-lock-text.ts";
export { meshKeysFile, readMeshKeys } from "./inputs/mesh-keys.ts";
export { type Recipients, readRecipients, recipientsFile, withRecipients } from "./inputs/recipients.ts";
export {
  type EncryptedSecret,
  encryptedRegex,
  encryptedSections,
  readSecretFile,
  type SecretEntry,
  valuesToChangeAnnotation,
} from "./inputs/secret-file.ts";
export { treeSigningFile, treeSigningProblems } from "./inputs/tree-signing.ts";
export { type LayerName, type Statement, statementsAt, workloadLayers } from "./layers.ts";
export * as lineCosts from "./line-costs.ts";
export { type Migrated, type Migration, migrateFleet } from "./migrate.ts";
export type {
  Access,
  Cluster,
  Collection,
  Device,
  DeviceRole,
  Exception,
  Fleet,
  Json,
  Mesh,
  MeshEndpoint,
  MeshMember,
  Network,
  Registry,
  Ring,
  Site,
  Volume,
  Workload,
  WorkloadHealth,
  WorkloadOptions,
  WorkloadTarget,
} from "./model.ts";
export { isHostIn, parseSubnet, type Subnet } from "./network.ts";
export { type DeclaredNode, declaredInterval, nodeDeclarations } from "./node-declarations.ts";
export { isOwnK3s } from "./own-k3s.ts";
export { checkFleet, parseFleet } from "./parse.ts";
export { type EditedFile, removeDevice } from "./remove-device.ts";
export type { FleetCode } from "./report.ts";
export { type ReportInterval, reportIntervalsOf } from "./report-interval.ts";
export { type DeviceColumn, type DeviceRow, deviceColumns } from "./rows/columns.ts";
export { deviceRows } from "./rows/device-rows.ts";
export { fileOf, type Imported, type ImportOptions, type ImportRow, importRows } from "./rows/import-rows.ts";
export { fleetRules } from "./rules/index.ts";
export type { FleetRule } from "./rules/rule.ts";
export { fleetJsonSchema, fleetSchema } from "./schema.ts";
export { isSshPublicKey } from "./ssh-key.ts";
export { seriesOf, telemetryOf } from "./telemetry.ts";
export { type Tier, type TierLevel, tierAlone, tierNames, tiers } from "./tiers.ts";
export type { Weekday, Window } from "./window.ts";
