import { checkHealth, type HealthStatus } from "@fogline/contracts";
import type { Clock } from "@fogline/ports";
import type { Client } from "@fogline/rpc";
import type { HealthAnswer, ServiceChange, ServiceRegistry } from "./registry.ts";

export interface HealthParts {
  readonly registry: ServiceRegistry;
  readonly client: Client;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly changed: (changes: readonly ServiceChange[]) => Promise<void>;
}

/** Asks every registered instance at once how it is, so that a round takes as long as one answer may take. The health of each by id. */
export const checkAll = async (parts: HealthParts): Promise<Record<string, HealthStatus>> => {
  await parts.changed(parts.registry.expire(parts.clock.now()));
  await Promise.all(parts.registry.list().map(({ id }) => checkOne(parts, id)));
  return Object.fromEntries(parts.registry.list().map(({ id, health }) => [id, health]));
};

/** Asks one instance. */
export const checkOne = async ({ registry, client, clock, timeoutMs, changed }: HealthParts, id: string): Promise<void> => {
  // The signal ends the client's own repetitions too: one answer, or none, within the time.
  const limit = new AbortController();
  const cancel = clock.after(timeoutMs, () => limit.abort());
  const beforeMs = clock.monotonicMs();
  const answer = await client.call(checkHealth, {}, { address: id, timeoutMs, signal: limit.signal });
  cancel();
  const health: HealthAnswer = answer.ok ? { ...answer.value, latencyMs: clock.monotonicMs() - beforeMs } : null;
  await changed(registry.checked(id, health, clock.now()));
};
