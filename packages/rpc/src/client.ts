import type { ErrorTable, EventDeclaration, EventEnvelope, Failure, Input, Operation, Output, Schema, Stream } from "@fogline/contracts";
import type { Result } from "@fogline/findings";
import type { Bus, Clock, Random, Subscription } from "@fogline/ports";
import { type BreakerOptions, guardTargets } from "./breaker.ts";
import { callOperation } from "./call.ts";
import { type EventOptions, publishEvent, subscribeTo } from "./events.ts";
import type { CallFailure } from "./failure.ts";
import { followStream, type PollOptions, pollStream } from "./follow.ts";
import type { StreamItem } from "./handle.ts";
import { type Observe, type RpcLog, silent, unobserved } from "./observe.ts";
import type { Principal } from "./wire.ts";

export interface ClientOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The name of who calls: principal of calls that name none (with the role `service`), and source of events. */
  readonly source: string;
  readonly log?: RpcLog;
  readonly breaker?: BreakerOptions;
  readonly observe?: Observe;
  /** The correlation id of what is being handled where the call is made, if anything is. */
  readonly correlation?: () => string | undefined;
}

export interface CallOptions {
  /** One replica, or one thing that a replica holds. */
  readonly address?: string;
  /** Makes repeating the call safe: the same key with the same request has one effect and one answer. */
  readonly idempotencyKey?: string;
  readonly correlationId?: string;
  /** Longest wait of one attempt; the operation's own unless said. */
  readonly timeoutMs?: number;
  /** Attempts at most, where repeating is safe; 3 unless said. */
  readonly attemptsMax?: number;
  readonly signal?: AbortSignal;
  readonly principal?: Principal;
}

/** What callers of operations, streams and events hold. Made by {@link createClient}. */
export interface Client {
  /**
   * Calls an operation. Never rejects for what a network can do: that is a {@link CallFailure}. Operations that are `safe` or `natural`, and
   * those with an idempotency key, are tried up to `attemptsMax` times, 500 ms and then 1 s apart (with jitter); others once.
   */
  call<Request extends Schema, Response extends Schema, Errors extends ErrorTable>(
    operation: Operation<string, Request, Response, Errors>,
    request: Input<Request>,
    options?: CallOptions,
  ): Promise<Result<Output<Response>, Failure<Errors> | CallFailure>>;
  /** The items after a cursor, once: at most `limit`, waiting up to `waitMs` for the first. */
  poll<Request extends Schema, Item extends Schema>(
    stream: Stream<string, Request, Item>,
    request: Input<Request>,
    options: PollOptions,
  ): Promise<Result<readonly StreamItem<Output<Item>>[], CallFailure>>;
  /** Every item after a cursor, each cursor once, until the signal aborts; goes on after failures. Throws CallError when the stream refuses. */
  follow<Request extends Schema, Item extends Schema>(
    stream: Stream<string, Request, Item>,
    request: Input<Request>,
    options: FollowOptions,
  ): AsyncIterable<StreamItem<Output<Item>>>;
  /** Subscribes to an event. Within one `queue` only one subscriber gets each. A handler that throws is tried again, 3 times in all. */
  on<Data extends Schema>(
    event: EventDeclaration<string, Data>,
    handler: (data: Output<Data>, envelope: EventEnvelope) => Promise<void>,
    options?: EventOptions,
  ): Promise<Subscription>;
  /** Publishes a hint that no outbox backs. A bus that does not take it is logged, not thrown: consumers list and watch. */
  publish<Data extends Schema>(event: EventDeclaration<string, Data>, data: Input<Data>, options?: { correlationId?: string }): Promise<void>;
}

export interface FollowOptions {
  readonly after?: string;
  readonly signal: AbortSignal;
  readonly principal?: Principal;
}

/** What the functions behind a client share. */
export interface ClientContext extends ClientOptions {
  readonly bus: Bus;
  readonly log: RpcLog;
  readonly observe: Observe;
}

/** A client over `bus`. It holds a breaker for each target, so one client per service is right, not one per call. */
export const createClient = (bus: Bus, options: ClientOptions): Client => {
  const context: ClientContext = { ...options, bus, log: options.log ?? silent, observe: options.observe ?? unobserved };
  const guard = guardTargets(options.clock, options.breaker);
  return {
    call: (operation, request, call = {}) => callOperation(context, guard, operation, request, call),
    poll: (stream, request, poll) => pollStream(context, stream, request, poll),
    follow: (stream, request, follow) => followStream(context, stream, request, follow),
    on: (event, handler, subscribe = {}) => subscribeTo(context, event, handler, subscribe),
    publish: (event, data, publish = {}) => publishEvent(context, event, data, publish.correlationId),
  };
};
