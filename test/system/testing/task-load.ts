import { setTimeout as pause } from "node:timers/promises";
import { createTask, everyPage, listTasks, type TaskRecord } from "@fogline/contracts";
import { expect } from "vitest";
import { eventually } from "./eventually.ts";
import type { Fog } from "./fog.ts";
import { type Lines, makeLines } from "./lines.ts";

/** Tasks of which each leaves a line for every execution that begins, submitted until they are answered, whatever dies meanwhile. */
export interface TaskLoad {
  /** Submits so many more; every third may not run twice. */
  submit(count: number): void;
  /** Waits until everything was answered and has ended. */
  ended(): Promise<readonly TaskRecord[]>;
  /** Fails unless every key has one task, every task succeeded, and nothing ran twice that may not. */
  expectWhole(tasks: readonly TaskRecord[]): void;
  remove(): void;
}

const open: ReadonlySet<string> = new Set(["queued", "assigned", "running"]);
const againMs = 100;
const patienceMs = 150_000;

export const taskLoad = ({ client }: Pick<Fog, "client">): TaskLoad => {
  const lines: Lines = makeLines();
  const ids = new Map<string, string>();
  const waiting: Promise<void>[] = [];

  const submitOne = async (index: number): Promise<void> => {
    const key = `key-${index}`;
    const command = lines.command(key, `sleep ${(index % 5) / 2}`);
    const duplicates = index % 3 === 0 ? "forbidden" : "allowed";
    const spec = { command, duplicates, labels: { key }, cpuCores: 0.01, memoryBytes: 16 * 1024 ** 2 } as const;
    for (;;) {
      try {
        ids.set(key, (await client.call(createTask, spec, { idempotencyKey: key })).id);
        return;
      } catch {
        await pause(againMs);
      }
    }
  };
  const all = async (): Promise<TaskRecord[]> => {
    const tasks = await everyPage(async (after) => {
      const page = await client.call(listTasks, { limit: 1_000, ...(after === undefined ? {} : { after }) });
      return { items: page.tasks, next: page.next };
    });
    return tasks.filter(({ spec }) => spec.labels.key !== undefined);
  };

  return {
    submit: (count) => {
      for (let added = 0; added < count; added++) waiting.push(submitOne(waiting.length));
    },
    ended: async () => {
      await Promise.all(waiting);
      return eventually(
        "every task has ended",
        async () => {
          const tasks = await all().catch(() => []);
          return tasks.length >= waiting.length && tasks.every(({ status }) => !open.has(status)) && tasks;
        },
        patienceMs,
      );
    },
    expectWhole: (tasks) => {
      expect(Object.fromEntries(tasks.map(({ id, spec }) => [spec.labels.key, id]))).toEqual(Object.fromEntries(ids));
      expect(tasks).toHaveLength(ids.size);
      expect(
        tasks.filter(({ status }) => status !== "succeeded").map(({ spec, status, reason }) => ({ key: spec.labels.key, status, reason })),
      ).toEqual([]);
      for (const { id, spec, executionId } of tasks) {
        const begun = lines.of(spec.labels.key ?? "");
        expect(begun).toContain(executionId);
        expect(new Set(begun).size).toBe(begun.length);
        expect(begun.every((line) => line.startsWith(`${id}.`))).toBe(true);
        if (spec.duplicates === "forbidden") expect(begun).toHaveLength(1);
      }
    },
    remove: () => lines.remove(),
  };
};
