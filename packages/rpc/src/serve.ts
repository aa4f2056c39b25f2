import { orchestrationDefaults } from "@fogline/contracts";
import type { Bus, BusMessage, Clock, Random, Subscription } from "@fogline/ports";
import { openAnswers } from "./answers.ts";
import type { AnyDatabase } from "./database.ts";
import type { Handler } from "./handle.ts";
import { type Observe, type RpcLog, silent, unobserved } from "./observe.ts";
import { type Once, runOnce } from "./once.ts";
import { answerOperation } from "./serve-operation.ts";
import { answerStream } from "./serve-stream.ts";
import { operationSubject, streamSubject } from "./wire.ts";

export interface ServeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: RpcLog;
  /** Where the effects of operations with `idempotency: "key"` are, with `answersMigration` done; needed when there is such an operation. */
  readonly database?: AnyDatabase;
  /** Serves under this address: only calls that name it come here. */
  readonly address?: string;
  /** Serves the same under this address too, so that callers can choose this replica; the limits below count for each of the two. */
  readonly instance?: string;
  /** The name of the service, for logs. */
  readonly source: string;
  readonly observe?: Observe;
  /** Requests of one operation that run at the same time; the rest waits. 256 unless said. */
  readonly concurrencyMax?: number;
}

export interface Served {
  /** Takes no new requests, waits for running ones until the deadline (5,000 ms unless said), then aborts their signals. */
  stop(deadlineMs?: number): Promise<void>;
}

const stopDeadlineMs = 5_000;
const concurrencyMaxDefault = 256;

/** What the answering functions share. */
export interface ServeContext extends ServeOptions {
  readonly log: RpcLog;
  readonly observe: Observe;
  /** Aborts when the deadline of the stop is over. */
  readonly stopped: AbortSignal;
  readonly answerBytesMax: number;
}

/** Answers the operations and streams of `handlers` on the bus. */
export const serve = async (bus: Bus, handlers: readonly Handler[], options: ServeOptions): Promise<Served> => {
  const { clock, database, source } = options;
  const log = options.log ?? silent;
  const stopping = new AbortController();
  const context: ServeContext = {
    ...options,
    log,
    observe: options.observe ?? unobserved,
    stopped: stopping.signal,
    answerBytesMax: bus.payloadBytesMax,
  };

  const keyed = handlers.find((handler) => handler.kind === "operation" && handler.operation.idempotency === "key");
  if (keyed?.kind === "operation" && database === undefined) {
    throw new TypeError(`${source} serves ${keyed.operation.name}, which keeps answers by idempotency key, but was given no database`);
  }
  const answers = keyed && database && openAnswers(database, clock, (thrown) => log.error({ err: thrown }, "old answers could not be removed"));
  const once =
    answers && runOnce(answers, (key) => log.warn({ operation: key.operation }, "the handler did not remember its answer in its own transaction"));

  const subscriptions: { readonly kind: Handler["kind"]; readonly subscription: Subscription }[] = [];
  const limits = { pendingMax: orchestrationDefaults.queueMax };
  const addresses = options.instance === undefined ? [options.address] : [options.address, options.instance];
  for (const handler of handlers) {
    for (const address of addresses) {
      const { subject, respond, concurrencyMax } = endpointOf(handler, address, context, once);
      subscriptions.push({ kind: handler.kind, subscription: await bus.respond(subject, respond, { ...limits, concurrencyMax }) });
    }
  }

  return {
    stop: async (deadlineMs = stopDeadlineMs) => {
      const cancel = clock.after(deadlineMs, () => stopping.abort(new Error("the service stopped")));
      const end = (wanted: Handler["kind"]) =>
        Promise.all(subscriptions.filter(({ kind }) => kind === wanted).map(({ subscription }) => subscription.stop(deadlineMs)));
      await end("operation");
      stopping.abort(new Error("the service stopped"));
      await end("stream");
      cancel();
      answers?.stop();
    },
  };
};

/** Where a handler is met, and what answers there. */
const endpointOf = (handler: Handler, address: string | undefined, context: ServeContext, once: Once | undefined) =>
  handler.kind === "operation"
    ? {
        subject: operationSubject(handler.operation.name, address),
        respond: (message: BusMessage) => answerOperation(handler, message, context, once),
        concurrencyMax: context.concurrencyMax ?? concurrencyMaxDefault,
      }
    : {
        subject: streamSubject(handler.stream.name, address),
        respond: (message: BusMessage) => answerStream(handler, message, context),
        // Long polls wait most of the time, so as many run as may wait.
        concurrencyMax: orchestrationDefaults.queueMax,
      };
