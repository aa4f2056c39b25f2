import { orchestrationDefaults } from "@fogline/contracts";
import type { Clock } from "@fogline/ports";
import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  TaskCancelledError,
} from "cockatiel";
import { breakerOpen, type CallFailure, gaveUp, tooManyCalls } from "./failure.ts";

export interface BreakerOptions {
  /** Consecutive failures of one target that open its breaker. 5 unless said. */
  readonly failures?: number;
  /** How long an open breaker refuses calls before it lets one try. 30,000 ms unless said. */
  readonly openMs?: number;
  /** Calls to one target at the same time. 64 unless said. */
  readonly concurrencyMax?: number;
  /** Calls to one target that may wait for their turn. 1,000 unless said; further ones are refused. */
  readonly pendingMax?: number;
}

/** Targets that are remembered. The one that was unused longest is forgotten, and with it its count of failures. */
const targetsMax = 4_096;
const concurrencyMaxDefault = 64;

type Attempt<Value> = { readonly value: Value } | { readonly failure: CallFailure };

/** Carries a counted failure through cockatiel, which counts what is thrown. */
class Counted extends Error {
  readonly failure: CallFailure;
  constructor(failure: CallFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/**
 * `no-responders` is not counted: the bus answers that at once, so there is no wait to save, and a service that comes back would only be
 * kept away from its callers for the rest of the 30 s.
 */
const counts = ({ error }: CallFailure, given: AbortSignal | undefined): boolean =>
  given?.aborted !== true && (error === "timeout" || error === "lost");

export interface Guard {
  /** Runs `attempt` when the breaker of `target` lets it and its bulkhead has room. */
  run<Value>(target: string, attempt: () => Promise<Attempt<Value>>, signal?: AbortSignal): Promise<Attempt<Value>>;
  isOpen(target: string): boolean;
}

/** One circuit breaker and one bulkhead for each target. */
export const guardTargets = (clock: Clock, options: BreakerOptions = {}): Guard => {
  const openMs = options.openMs ?? orchestrationDefaults.breakerOpenMs;
  const failures = options.failures ?? orchestrationDefaults.breakerFailures;
  const concurrencyMax = options.concurrencyMax ?? concurrencyMaxDefault;
  const pendingMax = options.pendingMax ?? orchestrationDefaults.queueMax;
  const make = () => ({
    breaker: circuitBreaker(handleAll, { halfOpenAfter: openFor(clock, openMs), breaker: new ConsecutiveBreaker(failures) }),
    bulkhead: bulkhead(concurrencyMax, pendingMax),
  });
  const targets = new Map<string, ReturnType<typeof make>>();
  const policiesOf = (target: string) => {
    const policies = targets.get(target) ?? make();
    targets.delete(target);
    targets.set(target, policies);
    const unusedLongest = targets.keys().next().value;
    if (targets.size > targetsMax && unusedLongest !== undefined) targets.delete(unusedLongest);
    return policies;
  };

  return {
    isOpen: (target) => targets.get(target)?.breaker.state === CircuitState.Open,
    run: async (target, attempt, signal) => {
      const policies = policiesOf(target);
      const counted = async () => {
        const result = await attempt();
        if ("failure" in result && counts(result.failure, signal)) throw new Counted(result.failure);
        return result;
      };
      try {
        return await policies.bulkhead.execute(() => policies.breaker.execute(counted, signal), signal);
      } catch (thrown) {
        if (thrown instanceof Counted) return { failure: thrown.failure };
        if (thrown instanceof BrokenCircuitError) return { failure: breakerOpen(target) };
        if (thrown instanceof BulkheadRejectedError) return { failure: tooManyCalls(target) };
        if (thrown instanceof TaskCancelledError) return { failure: gaveUp(target) };
        throw thrown;
      }
    },
  };
};

/**
 * How long a breaker stays open, told by our clock. cockatiel compares `Date.now() - openedAt` with `duration` each time it is asked, so a
 * duration that is endless before the moment and nothing after it moves the decision to the port.
 */
const openFor = (clock: Clock, openMs: number) => {
  const next = () => {
    const openedAtMs = clock.monotonicMs();
    return {
      get duration() {
        return clock.monotonicMs() - openedAtMs < openMs ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
      },
      next,
    };
  };
  return { next };
};
