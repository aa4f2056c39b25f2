import type { Clock, Random } from "@fogline/ports";
import { backoffMs, type Client, registerService } from "@fogline/rpc";
import type { Log } from "./log.ts";

export interface Registration {
  readonly id: string;
  readonly type: string;
  readonly version: string;
  readonly startedAtMs: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly operations: readonly string[];
}

/** How long a registration lasts unless renewed; it is renewed three times in that. */
export const registrationTtlMs = 90_000;
const renewMs = registrationTtlMs / 3;

/**
 * Keeps an instance registered, as `current` describes it each time, until `signal` aborts. An orchestrator that cannot be reached is logged when it begins and when it ends, and is
 * tried again with growing pauses: a service works without its registration.
 */
export const keepRegistered = async (
  { client, clock, random, log }: { client: Client; clock: Clock; random: Random; log: Log },
  current: () => Registration,
  signal: AbortSignal,
): Promise<void> => {
  let failures = 0;
  while (!signal.aborted) {
    const registration = current();
    const answer = await client.call(
      registerService,
      { ...registration, operations: [...registration.operations], ttlMs: registrationTtlMs },
      { signal },
    );
    if (signal.aborted) return;
    if (answer.ok) {
      if (failures > 0) log.info({ failures }, "registered with the orchestrator again");
      failures = 0;
      if (!answer.value.registered) log.warn({ id: registration.id }, "a newer start of this instance id is registered");
    } else {
      failures += 1;
      if (failures === 1) log.warn({ failure: answer.failure.error }, "the orchestrator does not take the registration; trying again");
    }
    const pauseMs = failures === 0 ? renewMs : backoffMs(failures, random.unit(), renewMs);
    await clock.sleep(pauseMs, signal).catch(() => {});
  }
};
