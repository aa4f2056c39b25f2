export type { Architecture, DeviceCapabilities, DeviceClass, DeviceState, PowerMode, ThermalState } from "./capabilities.ts";
export { type Chunking, type ChunkingFacts, chunkBytes, chunkingFor } from "./chunking.ts";
export { type Classification, classify, type DeviceFacts } from "./classify.ts";
export { computeScore } from "./compute-score.ts";
export { type LimitRule, overLimits, type ResourceLimits, type ResourceUse, resourceLimits } from "./limits.ts";
export { evaluatePower, type PowerDecision, type PowerSensors } from "./power.ts";
export { worthReporting } from "./reporting.ts";
export { thermalState } from "./thermal.ts";
export { type PowerThresholds, powerThresholds } from "./thresholds.ts";
