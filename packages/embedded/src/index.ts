export { newAdminToken } from "./data-folder.ts";
export { type Hub, type HubOptions, startHub } from "./hub.ts";
export type { GivenPorts } from "./launchers.ts";
