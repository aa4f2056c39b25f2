import type { explainTask, Output, TaskMove, TaskRecord, TaskStatus } from "@fogline/contracts";
import { type Answer, ask } from "./http.ts";
import type { Change } from "./hub.ts";

export interface TaskFilter {
  readonly status: TaskStatus | null;
  readonly node: string | null;
  /** The id of the last task of the page before; null is the newest page. */
  readonly after: string | null;
}

export interface TaskPage {
  readonly tasks: readonly TaskRecord[];
  readonly next: string | null;
}

export const tasksPerPage = 50;
const movesPerPage = 1_000;
const movePagesMax = 4;

export const tasksAddress = ({ status, node, after }: TaskFilter): string => {
  const query = new URLSearchParams();
  if (status !== null) query.set("status", status);
  if (node !== null) query.set("node", node);
  if (after !== null) query.set("after", after);
  return `/api/tasks?${query.toString()}`;
};

/** Reads a page of tasks. A task may be large: a page that cannot travel is asked for in smaller ones. */
export const readTasks = async (address: string): Promise<Answer<TaskPage>> => {
  for (let limit = tasksPerPage; ; limit = Math.ceil(limit / 5)) {
    const page = await ask<TaskPage>("GET", `${address}&limit=${limit}`);
    if (page.ok || page.status !== 500 || limit === 1) return page;
  }
};

const fits = ({ status, node }: TaskFilter, task: TaskRecord): boolean =>
  (status === null || task.status === status) && (node === null || task.node === node);

/** A page of tasks after an event: what changed stays in its place, what no longer fits the filter goes, what is new comes first on the newest page. */
export const afterTaskEvent = (page: TaskPage, filter: TaskFilter, change: Change): TaskPage => {
  if (change.name !== "tasks.changed") return page;
  const { task } = change.data as { task: TaskRecord };
  const known = page.tasks.find(({ id }) => id === task.id);
  if (known !== undefined && known.version > task.version) return page;
  if (!fits(filter, task)) return known === undefined ? page : { ...page, tasks: page.tasks.filter(({ id }) => id !== task.id) };
  if (known !== undefined) return { ...page, tasks: page.tasks.map((one) => (one.id === task.id ? task : one)) };
  if (filter.after !== null || task.createdAtMs < (page.tasks.at(-1)?.createdAtMs ?? 0)) return page;
  const tasks = [task, ...page.tasks].sort((a, b) => b.createdAtMs - a.createdAtMs);
  const kept = tasks.slice(0, tasksPerPage);
  return { tasks: kept, next: kept.length < tasks.length ? (kept.at(-1)?.id ?? null) : page.next };
};

export const cancel = (id: string): Promise<Answer<TaskRecord>> => ask<TaskRecord>("POST", `/api/tasks/${encodeURIComponent(id)}/cancel`);

export type Explanation = Output<(typeof explainTask)["response"]>;

/** Where the hub stores a task's moves among those of all tasks: looked for from the task's beginning on, newest first, as far as is sensible. */
export const readCourse = async (id: string, sinceMs: number): Promise<Answer<{ moves: TaskMove[] }>> => {
  const moves: TaskMove[] = [];
  let before = "";
  for (let page = 0; page < movePagesMax; page++) {
    const answer = await ask<{ moves: TaskMove[]; nextBeforeMs: number | null }>(
      "GET",
      `/api/moves?movedOnly=false&sinceMs=${sinceMs}&limit=${movesPerPage}${before}`,
    );
    if (!answer.ok) return answer;
    moves.push(...answer.value.moves.filter(({ taskId }) => taskId === id));
    if (answer.value.nextBeforeMs === null) break;
    before = `&beforeMs=${answer.value.nextBeforeMs}`;
  }
  return { ok: true, value: { moves: moves.sort((a, b) => a.atMs - b.atMs) } };
};
