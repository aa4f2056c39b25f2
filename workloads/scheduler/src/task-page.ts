import type { TaskRecord, TaskStatus } from "@fogline/contracts";
import type { Kysely } from "kysely";
import { bytesOf, recordOf, travelling } from "./records.ts";
import type { SchedulerSchema, TaskRow } from "./schema.ts";

export interface TaskFilter {
  readonly status?: TaskStatus | undefined;
  readonly node?: string | undefined;
  readonly limit: number;
  /** The id of the last task of the page before. */
  readonly after?: string | undefined;
}

export interface TaskPage {
  readonly tasks: TaskRecord[];
  /** The cursor of the following page; null after the last. */
  readonly next: string | null;
}

/** A page ends before its records outgrow this, so that it fits into one message of the bus. */
const pageBytesMax = 160 * 1024;

/** Tasks, newest first, from the one after the cursor. */
export const listTaskPage = async (kysely: Kysely<SchedulerSchema>, { status, node, limit, after }: TaskFilter): Promise<TaskPage> => {
  let query = kysely.selectFrom("tasks").selectAll();
  if (status !== undefined) query = query.where("status", "=", status);
  if (node !== undefined) query = query.where("node", "=", node);
  if (after !== undefined) {
    const last = await kysely.selectFrom("tasks").select(["created_at_ms", "id"]).where("id", "=", after).executeTakeFirst();
    if (last !== undefined) {
      query = query.where((where) =>
        where.or([
          where("created_at_ms", "<", last.created_at_ms),
          where.and([where("created_at_ms", "=", last.created_at_ms), where("id", "<", last.id)]),
        ]),
      );
    }
  }
  const rows = await query
    .orderBy("created_at_ms", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
  return pageOf(rows, limit);
};

const pageOf = (rows: readonly TaskRow[], limit: number): TaskPage => {
  const tasks: TaskRecord[] = [];
  let bytes = 0;
  for (const row of rows.slice(0, limit)) {
    const record = travelling(recordOf(row));
    bytes += bytesOf(record);
    if (tasks.length > 0 && bytes > pageBytesMax) break;
    tasks.push(record);
  }
  return { tasks, next: tasks.length < rows.length ? (tasks.at(-1)?.id ?? null) : null };
};
