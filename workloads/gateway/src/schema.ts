import type { Migration } from "@fogline/ports";
import { answersMigration, outboxMigration } from "@fogline/rpc";
import { type AuditSchema, auditMigrations } from "./audit/schema.ts";
import { type EnrolmentSchema, enrolmentMigrations } from "./enrolment/schema.ts";
import { type PeopleSchema, peopleMigrations } from "./people/schema.ts";

/** The tables of the gateway. Times are integer milliseconds, flags 0 or 1: the same on SQLite and PostgreSQL. */
export type GatewaySchema = PeopleSchema & EnrolmentSchema & AuditSchema;

export const gatewayMigrations: readonly Migration[] = [
  answersMigration,
  outboxMigration,
  ...peopleMigrations,
  ...enrolmentMigrations,
  ...auditMigrations,
];
