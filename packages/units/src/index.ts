export { BYTES_PATTERN, describeBytes, formatBytes, formatKubernetesBytes, GIBIBYTE, MEBIBYTE, parseBytes } from "./bytes.ts";
export { CPU_PATTERN, formatCpuMillicores, parseCpuMillicores } from "./cpu.ts";
export { BANDWIDTH_PATTERN, DATA_BUDGET_PATTERN, formatBytesPerDay, parseBytesPerDay, parseBytesPerSecond } from "./data-rate.ts";
export { DURATION_PATTERN, formatDurationMs, parseDurationMs } from "./duration.ts";
export { formatPercent, PERCENT_PATTERN, parsePercent } from "./percent.ts";
export { formatPowerMilliwatts, POWER_PATTERN, parsePowerMilliwatts, parseWatts } from "./power.ts";
export { parseQuantity } from "./quantity.ts";
