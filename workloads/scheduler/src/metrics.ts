import type { TaskStatus } from "@fogline/contracts";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What the scheduler counts, beside what every workload does. */
export interface SchedulerMetrics {
  placed(): void;
  moved(): void;
  /** One look at the queue took this long. */
  decided(durationMs: number): void;
}

const decisionBucketsMs = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 5_000];
const shown: readonly TaskStatus[] = ["queued", "assigned", "running", "succeeded", "failed", "cancelled", "unknown"];

export const openMetrics = (registry: Registry, counts: () => Promise<Readonly<Partial<Record<TaskStatus, number>>>>): SchedulerMetrics => {
  const registers = [registry];
  new Gauge({
    name: "fogline_scheduler_tasks",
    help: "Tasks that are kept, by status; those that wait have the status queued.",
    labelNames: ["status"],
    registers,
    async collect() {
      const now = await counts();
      for (const status of shown) this.set({ status }, now[status] ?? 0);
    },
  });
  const placements = new Counter({ name: "fogline_scheduler_placements_total", help: "Tasks that were assigned to a node.", registers });
  const moves = new Counter({ name: "fogline_scheduler_moves_total", help: "Tasks that left a node for a better one.", registers });
  const decision = new Histogram({
    name: "fogline_scheduler_decision_ms",
    help: "How long one look at the queue took, in milliseconds.",
    buckets: decisionBucketsMs,
    registers,
  });
  return { placed: () => placements.inc(), moved: () => moves.inc(), decided: (durationMs) => decision.observe(durationMs) };
};
