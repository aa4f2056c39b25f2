import type { Migration } from "@fogline/ports";

// biome-ignore lint/complexity/noBannedTypes: filled in with the tables of this area
export type AuditSchema = {};

export const auditMigrations: readonly Migration[] = [];
