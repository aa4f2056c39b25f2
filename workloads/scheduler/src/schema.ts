import type { ExecutionOutcome, TaskStatus } from "@fogline/contracts";
import { columnTypes, type Migration } from "@fogline/ports";
import type { ExecutionStatus } from "./task-state.ts";

/** Times are milliseconds since the epoch; `spec`, `placement` and `result` are JSON texts of the contract's schemas. */
export interface TaskRow {
  readonly id: string;
  readonly spec: string;
  readonly status: TaskStatus;
  readonly reason: string;
  readonly priority: number;
  readonly attempt: number;
  readonly execution_id: string | null;
  readonly node: string | null;
  readonly placement: string | null;
  readonly result: string | null;
  readonly created_at_ms: number;
  readonly started_at_ms: number | null;
  readonly finished_at_ms: number | null;
  readonly version: number;
}

export interface ExecutionRow {
  readonly id: string;
  readonly task_id: string;
  readonly attempt: number;
  readonly node: string;
  readonly status: ExecutionStatus;
  readonly outcome: ExecutionOutcome | null;
  /** What the agent reported at the end, also of an execution that no longer decides its task. */
  readonly result: string | null;
  readonly assigned_at_ms: number;
  readonly accepted_at_ms: number | null;
  readonly started_at_ms: number | null;
  readonly finished_at_ms: number | null;
  /** Why it does not count or run any more, as its task said then; null while it does. */
  readonly reason: string | null;
}

/** A placement that brought its task to another node than before, or to its first one. */
export interface MoveRow {
  readonly task_id: string;
  readonly attempt: number;
  readonly at_ms: number;
  /** Null for the first placement. */
  readonly from_node: string | null;
  readonly to_node: string;
  readonly command: string;
  readonly reason: string;
}

/** One row: the newest holder of the loop. A transaction of the loop that carries an older fence is refused. */
export interface FenceRow {
  readonly name: string;
  readonly fence: number;
}

export interface SchedulerSchema {
  readonly tasks: TaskRow;
  readonly executions: ExecutionRow;
  readonly moves: MoveRow;
  readonly fences: FenceRow;
}

/** The row of {@link FenceRow} that guards the loop. It always exists, so that replicas that start at once conflict at it and not beside it. */
export const loopFence = "scheduler";

const tables: Migration = {
  name: "scheduler-0001-tasks",
  up: async (database, dialect) => {
    const { text, integer } = columnTypes(dialect);
    await database.schema
      .createTable("tasks")
      .addColumn("id", text, (column) => column.primaryKey())
      .addColumn("spec", text, (column) => column.notNull())
      .addColumn("status", text, (column) => column.notNull())
      .addColumn("reason", text, (column) => column.notNull())
      .addColumn("priority", integer, (column) => column.notNull())
      .addColumn("attempt", integer, (column) => column.notNull())
      .addColumn("execution_id", text)
      .addColumn("node", text)
      .addColumn("placement", text)
      .addColumn("result", text)
      .addColumn("created_at_ms", integer, (column) => column.notNull())
      .addColumn("started_at_ms", integer)
      .addColumn("finished_at_ms", integer)
      .addColumn("version", integer, (column) => column.notNull())
      .execute();
    await database.schema.createIndex("tasks_by_status").on("tasks").columns(["status", "created_at_ms"]).execute();
    await database.schema.createIndex("tasks_by_age").on("tasks").columns(["created_at_ms", "id"]).execute();
    await database.schema
      .createTable("executions")
      .addColumn("id", text, (column) => column.primaryKey())
      .addColumn("task_id", text, (column) => column.notNull())
      .addColumn("attempt", integer, (column) => column.notNull())
      .addColumn("node", text, (column) => column.notNull())
      .addColumn("status", text, (column) => column.notNull())
      .addColumn("outcome", text)
      .addColumn("result", text)
      .addColumn("assigned_at_ms", integer, (column) => column.notNull())
      .addColumn("accepted_at_ms", integer)
      .addColumn("started_at_ms", integer)
      .addColumn("finished_at_ms", integer)
      .execute();
    await database.schema.createIndex("executions_by_task").on("executions").columns(["task_id", "attempt"]).execute();
    await database.schema
      .createTable("fences")
      .addColumn("name", text, (column) => column.primaryKey())
      .addColumn("fence", integer, (column) => column.notNull())
      .execute();
    await database.insertInto("fences").values({ name: loopFence, fence: 0 }).execute();
  },
};

const moves: Migration = {
  name: "scheduler-0002-moves",
  up: async (database, dialect) => {
    const { text, integer } = columnTypes(dialect);
    await database.schema.alterTable("executions").addColumn("reason", text).execute();
    await database.schema
      .createTable("moves")
      .addColumn("task_id", text, (column) => column.notNull())
      .addColumn("attempt", integer, (column) => column.notNull())
      .addColumn("at_ms", integer, (column) => column.notNull())
      .addColumn("from_node", text)
      .addColumn("to_node", text, (column) => column.notNull())
      .addColumn("command", text, (column) => column.notNull())
      .addColumn("reason", text, (column) => column.notNull())
      .addPrimaryKeyConstraint("moves_key", ["task_id", "attempt"])
      .execute();
    await database.schema.createIndex("moves_by_age").on("moves").columns(["at_ms", "task_id", "attempt"]).execute();
  },
};

/** The scheduler's own tables, in order. */
export const schedulerMigrations: readonly Migration[] = [tables, moves];
