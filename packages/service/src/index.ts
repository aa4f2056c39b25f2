export { type ConfigSources, loadConfig } from "./config.ts";
export type { Health, HealthCheck } from "./health.ts";
export { createLog, type Log } from "./log.ts";
export { exitCodes, findingText, type MainProcess, runMain } from "./main.ts";
export { openShell } from "./open-shell.ts";
export { listen } from "./ops-server.ts";
export type { HubPorts, Running, Shell, ShellSettings } from "./shell.ts";
