import type { Clock } from "@fogline/ports";
import type { Observe } from "@fogline/rpc";
import type { ShellMetrics } from "./metrics.ts";
import { runIn } from "./scope.ts";
import type { Tracing } from "./tracing.ts";

/** Measures and traces every exchange, and lets what a handler calls and logs carry the correlation id of what it handles. */
export const observeWith =
  (clock: Clock, metrics: ShellMetrics, tracing: Tracing | undefined): Observe =>
  async (exchange, run) => {
    const startedMs = clock.monotonicMs();
    const span = tracing?.start(exchange);
    const scope = { correlationId: exchange.correlationId, ...(span === undefined ? {} : { trace: span.context }) };
    let outcome = "threw";
    try {
      const result = await (exchange.side === "server" ? runIn(scope, run) : run());
      outcome = result.ok ? "ok" : result.failure.error;
      return result;
    } finally {
      metrics.exchanged(exchange, outcome, clock.monotonicMs() - startedMs);
      span?.end(outcome);
    }
  };
