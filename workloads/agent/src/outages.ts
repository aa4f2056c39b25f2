import type { EdgeMetrics } from "@fogline/contracts/device";
import { textOf } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import type { AgentLog, Outage, Store } from "./ports.ts";

/** The times without the hub. An outage begins when a connection ends, or when the first try of a start fails, and ends with a welcome. */
export interface Outages {
  /** The hub is away; said again with every try that fails. `lastContactMs`: when it was last heard of, if ever. */
  lost(lastContactMs: number | null): void;
  /** What the welcome that has just come ends; undefined when the hub was not away. The store counts it. */
  ending(): Outage | undefined;
  /** The agent stops: what ends now is no outage. */
  stop(): void;
  /** The one that goes on counts with what it has lasted so far. */
  statistics(): EdgeMetrics["offline"];
}

/**
 * Follows the outages over the starts of the agent on one data folder. One that a restart interrupts goes on: the store knows since when.
 *
 * Durations are monotonic within a process, because a device without a battery for its clock sets it only when the network is back. Over a
 * restart there is only the wall clock; where that went backwards, the time of this process is the least it can have been.
 */
export const followOutages = (store: Store, clock: Clock, log: AgentLog): Outages => {
  const openedMonotonicMs = clock.monotonicMs();
  /** Set when the outage that goes on began in this process. */
  let begunMonotonicMs: number | undefined;
  let stopped = false;

  const lastedMs = (awaySinceMs: number): number => {
    const monotonicMs = clock.monotonicMs() - (begunMonotonicMs ?? openedMonotonicMs);
    return Math.round(begunMonotonicMs === undefined ? Math.max(monotonicMs, clock.now() - awaySinceMs) : monotonicMs);
  };
  return {
    lost: (lastContactMs) => {
      if (stopped || store.totals().awaySinceMs !== null) return;
      try {
        store.lost(clock.now(), lastContactMs);
        begunMonotonicMs = clock.monotonicMs();
      } catch (thrown) {
        // A full disk must not keep the agent from coming back.
        log.warn("the loss of the hub could not be journaled", { error: textOf(thrown) });
      }
    },
    ending: () => {
      const { awaySinceMs } = store.totals();
      if (awaySinceMs === null) return undefined;
      const outage = { endedAtMs: clock.now(), lastedMs: lastedMs(awaySinceMs) };
      begunMonotonicMs = undefined;
      return outage;
    },
    stop: () => {
      stopped = true;
    },
    statistics: () => {
      const { awaySinceMs, outages, outagesMs, longestOutageMs, lastOutageEndedAtMs, finishedAway } = store.totals();
      const nowMs = awaySinceMs === null ? 0 : lastedMs(awaySinceMs);
      return {
        outages: outages + (awaySinceMs === null ? 0 : 1),
        totalMs: outagesMs + nowMs,
        longestMs: Math.max(longestOutageMs, nowMs),
        lastEndedAtMs: lastOutageEndedAtMs,
        tasksFinished: finishedAway,
      };
    },
  };
};
