import { columnTypes, type Migration } from "@fogline/ports";

/** One entry of the chain. Written once, never changed. */
export interface AuditRow {
  readonly sequence: number;
  readonly at_ms: number;
  readonly request_id: string;
  readonly principal: string;
  readonly role: string;
  readonly address: string;
  readonly operation: string;
  readonly target: string | null;
  readonly outcome: "attempted" | "done" | "refused" | "failed";
  readonly status: number | null;
  readonly code: string | null;
  readonly detail: string | null;
  readonly hash: string;
}

/**
 * The two ends of the chain: `head` is the newest entry, `anchor` the newest that was dropped because of its age. `seal` is keyed, so that the
 * ends can be moved only by who has the gateway's root key.
 */
export interface AuditEndRow {
  readonly name: "head" | "anchor";
  readonly sequence: number;
  readonly hash: string;
  readonly seal: string;
}

export interface AuditSchema {
  readonly audit_entries: AuditRow;
  readonly audit_ends: AuditEndRow;
}

const entries: Migration = {
  name: "gateway-audit-0001-entries",
  up: async (database, dialect) => {
    const { text, integer } = columnTypes(dialect);
    await database.schema
      .createTable("audit_entries")
      .addColumn("sequence", integer, (column) => column.primaryKey())
      .addColumn("at_ms", integer, (column) => column.notNull())
      .addColumn("request_id", text, (column) => column.notNull())
      .addColumn("principal", text, (column) => column.notNull())
      .addColumn("role", text, (column) => column.notNull())
      .addColumn("address", text, (column) => column.notNull())
      .addColumn("operation", text, (column) => column.notNull())
      .addColumn("target", text)
      .addColumn("outcome", text, (column) => column.notNull())
      .addColumn("status", integer)
      .addColumn("code", text)
      .addColumn("hash", text, (column) => column.notNull())
      .execute();
    // Each way to look for entries, so that finding few among many reads few.
    for (const column of ["principal", "operation", "target"]) {
      await database.schema.createIndex(`audit_entries_${column}`).on("audit_entries").columns([column, "sequence"]).execute();
    }
    await database.schema
      .createTable("audit_ends")
      .addColumn("name", text, (column) => column.primaryKey())
      .addColumn("sequence", integer, (column) => column.notNull())
      .addColumn("hash", text, (column) => column.notNull())
      .addColumn("seal", text, (column) => column.notNull())
      .execute();
  },
};

const details: Migration = {
  name: "gateway-audit-0002-details",
  up: async (database, dialect) => {
    await database.schema.alterTable("audit_entries").addColumn("detail", columnTypes(dialect).text).execute();
  },
};

export const auditMigrations: readonly Migration[] = [entries, details];
