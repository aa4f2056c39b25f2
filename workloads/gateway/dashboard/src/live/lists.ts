import type { NodeRecord, TaskRecord } from "@fogline/contracts";
import { type Answer, ask } from "./http.ts";

const tasksPerPage = 20;

/** Reads all nodes page by page. */
export const listNodes = async (): Promise<Answer<NodeRecord[]>> => {
  const nodes: NodeRecord[] = [];
  for (let after = ""; ; ) {
    const page = await ask<{ nodes: NodeRecord[]; next: string | null }>("GET", `/api/nodes${after}`);
    if (!page.ok) return page;
    nodes.push(...page.value.nodes);
    if (page.value.next === null) return { ok: true, value: nodes };
    after = `?after=${encodeURIComponent(page.value.next)}`;
  }
};

/** Reads tasks page by page; `undefined` when they cannot be read. A task may be large: a page that cannot travel is asked for in parts. */
export const listTasks = async (filter: string, max: number): Promise<TaskRecord[] | undefined> => {
  const tasks: TaskRecord[] = [];
  let limit = tasksPerPage;
  let after = "";
  while (tasks.length < max) {
    const page = await ask<{ tasks: TaskRecord[]; next: string | null }>("GET", `/api/tasks?${filter}limit=${limit}${after}`);
    if (page.ok) {
      tasks.push(...page.value.tasks);
      if (page.value.next === null) break;
      after = `&after=${encodeURIComponent(page.value.next)}`;
    } else if (page.status === 500 && limit > 1) {
      limit = Math.ceil(limit / 5);
    } else return undefined;
  }
  return tasks;
};
