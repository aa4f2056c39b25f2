export { loadConfig } from "./config.ts";
export { runHubMain } from "./hub-main.ts";
export { type Leadership, leaseHolder, seekLeadership } from "./leadership.ts";
export { createLog, type Log } from "./log.ts";
export { type MainProcess, runMain } from "./main.ts";
export { answerMalformed, problemText, refusalBytes } from "./malformed.ts";
export { openShell } from "./open-shell.ts";
export { listen } from "./ops-server.ts";
export type { HubPorts, Running, Shell, ShellSettings } from "./shell.ts";
