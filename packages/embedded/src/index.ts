export { type Backup, createBackup } from "./backup/create.ts";
export { type Restored, restoreBackup } from "./backup/restore.ts";
export { type SchemaState, schemaOf } from "./backup/schema.ts";
export { newAdminToken } from "./data-folder.ts";
export type { Exposure } from "./exposure.ts";
export { type Hub, type HubOptions, startHub } from "./hub.ts";
export type { GivenPorts } from "./launchers.ts";
