import { columnTypes, type Migration } from "@fogline/ports";

/** A policy as it applies now. `rule` is the JSON text of the contract's `PolicyRule`; `position` orders policies by when they were created. */
export interface PolicyRow {
  readonly name: string;
  readonly position: number;
  readonly description: string;
  readonly effect: "refuse" | "audit";
  readonly rule: string;
  readonly version: number;
}

/** Every version that a policy ever had; one that was removed ends with a row whose `body` is null. */
export interface PolicyVersionRow {
  readonly name: string;
  readonly version: number;
  readonly body: string | null;
  readonly changed_by: string;
  readonly changed_at_ms: number;
}

export interface AuditRow {
  readonly sequence: number;
  readonly at_ms: number;
  readonly policy: string | null;
  readonly action: string;
  readonly subject: string;
  readonly outcome: "allowed" | "refused" | "would-refuse" | "changed";
  readonly message: string;
}

/** One row for each counter of this database: `audit` is the last sequence, `policies` the last position, `seeded` is 1 after the first start. */
export interface CounterRow {
  readonly name: string;
  readonly value: number;
}

export interface PolicySchema {
  readonly policies: PolicyRow;
  readonly policy_versions: PolicyVersionRow;
  readonly audit: AuditRow;
  readonly counters: CounterRow;
}

const tables: Migration = {
  name: "policy-0001-policies",
  up: async (database, dialect) => {
    const { text, integer } = columnTypes(dialect);
    await database.schema
      .createTable("policies")
      .addColumn("name", text, (column) => column.primaryKey())
      .addColumn("position", integer, (column) => column.notNull())
      .addColumn("description", text, (column) => column.notNull())
      .addColumn("effect", text, (column) => column.notNull())
      .addColumn("rule", text, (column) => column.notNull())
      .addColumn("version", integer, (column) => column.notNull())
      .execute();
    await database.schema
      .createTable("policy_versions")
      .addColumn("name", text, (column) => column.notNull())
      .addColumn("version", integer, (column) => column.notNull())
      .addColumn("body", text)
      .addColumn("changed_by", text, (column) => column.notNull())
      .addColumn("changed_at_ms", integer, (column) => column.notNull())
      .addPrimaryKeyConstraint("policy_versions_key", ["name", "version"])
      .execute();
    await database.schema
      .createTable("audit")
      .addColumn("sequence", integer, (column) => column.primaryKey())
      .addColumn("at_ms", integer, (column) => column.notNull())
      .addColumn("policy", text)
      .addColumn("action", text, (column) => column.notNull())
      .addColumn("subject", text, (column) => column.notNull())
      .addColumn("outcome", text, (column) => column.notNull())
      .addColumn("message", text, (column) => column.notNull())
      .execute();
    await database.schema
      .createTable("counters")
      .addColumn("name", text, (column) => column.primaryKey())
      .addColumn("value", integer, (column) => column.notNull())
      .execute();
    // They always exist, so that replicas that start at once conflict at them and not beside them.
    const counters = ["audit", "policies", "seeded"].map((name) => ({ name, value: 0 }));
    await database.insertInto("counters").values(counters).execute();
  },
};

/** The policy engine's own tables, in order. */
export const policyMigrations: readonly Migration[] = [tables];
