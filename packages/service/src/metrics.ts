import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Exchange } from "@fogline/rpc";
import { Counter, Gauge, Histogram, Registry } from "prom-client";

export interface ShellMetrics {
  readonly registry: Registry;
  exchanged(exchange: Exchange, outcome: string, durationMs: number): void;
  stop(): void;
}

/** From half a millisecond, where calls inside one process are, to the longest timeout of an operation. */
const durationBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const nanosecondsPerSecond = 1e9;

/** The metrics that every workload has, in a registry of its own. */
export const openMetrics = (service: string, instance: string): ShellMetrics => {
  const registry = new Registry();
  registry.setDefaultLabels({ service, instance });
  const labelNames = ["operation", "side", "outcome"] as const;
  const duration = new Histogram({
    name: "fogline_operation_duration_seconds",
    help: "How long operations took, as handled here (server) and as called from here (client).",
    labelNames: ["operation", "side"] as const,
    buckets: durationBuckets,
    registers: [registry],
  });
  const exchanges = new Counter({
    name: "fogline_operations_total",
    help: "Operations handled here (server) and called from here (client), by outcome: ok, or the name of the failure.",
    labelNames,
    registers: [registry],
  });
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  new Gauge({
    name: "fogline_event_loop_lag_seconds",
    help: "99th percentile of the event loop's delay since the last time it was asked for.",
    registers: [registry],
    collect() {
      this.set(delay.percentile(99) / nanosecondsPerSecond);
      delay.reset();
    },
  });
  return {
    registry,
    exchanged: ({ operation, side }, outcome, durationMs) => {
      duration.observe({ operation, side }, durationMs / 1_000);
      exchanges.inc({ operation, side, outcome });
    },
    stop: () => {
      delay.disable();
      registry.clear();
    },
  };
};
