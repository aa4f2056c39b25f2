import type { ErrorTable, Failure, Input, Operation, Output, Schema } from "@fogline/contracts";
import type { Result } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import { type CallFailure, type CallOptions, type Client, isRepeatable } from "@fogline/rpc";
import type { Replicas } from "./replicas.ts";

export interface BalancedParts {
  readonly client: Client;
  readonly replicas: Replicas;
  readonly clock: Clock;
  /** This gateway's own instance: what it alone can continue, its streams, is asked of it and of no other gateway. */
  readonly instance: string;
}

/** Replicas that one call tries before it goes to whoever is there. */
const replicasMax = 3;
/** Attempts of one call in all, where repeating is safe. */
const attemptsMax = 3;

/**
 * A client that chooses among the replicas of a service. A call that a replica lost goes to another one at once where that is safe; one that
 * reached nobody always does. When no replica is known, or none is left, it goes to the operation's shared subject.
 */
export const balancedClient = (parts: BalancedParts): Client => ({
  ...parts.client,
  call: (operation, request, options = {}) =>
    options.address === undefined ? callReplicas(parts, operation, request, options) : parts.client.call(operation, request, options),
  poll: (stream, request, options) => parts.client.poll(stream, request, { address: parts.instance, ...options }),
});

const callReplicas = async <Request extends Schema, Response extends Schema, Errors extends ErrorTable>(
  { client, replicas, clock }: BalancedParts,
  operation: Operation<string, Request, Response, Errors>,
  request: Input<Request>,
  options: CallOptions,
): Promise<Result<Output<Response>, Failure<Errors> | CallFailure>> => {
  const tried = new Set<string>();
  while (tried.size < replicasMax) {
    const replica = replicas.forOperation(operation.name, tried);
    if (replica === undefined) break;
    tried.add(replica.id);
    const ended = replica.begin(clock.monotonicMs());
    const answer = await client.call(operation, request, { ...options, address: replica.id, attemptsMax: 1 });
    const left = options.signal?.aborted === true;
    const failure = answer.ok || left ? undefined : lossIn(answer.failure);
    ended(failure === undefined ? "answered" : "lost", clock.monotonicMs());
    if (failure === undefined) return answer;
    const mayGoOn = reachedNobody(failure) || isRepeatable(operation, options.idempotencyKey);
    if (!mayGoOn) return answer;
  }
  return client.call(operation, request, { attemptsMax: Math.max(1, attemptsMax - tried.size), ...options });
};

/** The failure when it says that the replica did not answer, whatever the operation is. */
const lossIn = ({ error, fields }: { readonly error: string; readonly fields: unknown }): Loss | undefined =>
  error === "timeout" || error === "lost" || error === "unreachable" || error === "breakerOpen"
    ? { error, kind: (fields as { readonly kind?: unknown }).kind }
    : undefined;

interface Loss {
  readonly error: "timeout" | "lost" | "unreachable" | "breakerOpen";
  readonly kind: unknown;
}

/** Nobody listened under its address, or its breaker let nothing through: it certainly did not act. */
const reachedNobody = ({ error, kind }: Loss): boolean => error === "breakerOpen" || (error === "unreachable" && kind === "no-responders");
