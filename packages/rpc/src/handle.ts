import type { ErrorTable, Failure, Input, Operation, Output, Schema, Stream } from "@fogline/contracts";
import type { Result } from "@fogline/findings";
import type { AnyTransaction } from "./database.ts";
import type { AnyFailure } from "./failure.ts";
import type { Principal } from "./wire.ts";

/** What a handler knows of the call besides the request. `Response` is what {@link CallContext.remember} takes. */
export interface CallContext<Response = unknown> {
  readonly correlationId: string;
  readonly principal: Principal;
  readonly idempotencyKey?: string;
  /** Aborts when the caller no longer waits, or when the service stops and its deadline is over. */
  readonly signal: AbortSignal;
  /**
   * Stores the answer under the caller's idempotency key inside the transaction that makes the change: either both are committed or none, so
   * a repeated request gets this answer and has no second effect, whatever crashes in between. Does nothing when the call has no key.
   * Operations with `idempotency: "key"` call it in every transaction that leads to an `ok`.
   */
  remember(transaction: AnyTransaction, response: Response): Promise<void>;
}

/** Answers one operation. Made by {@link handle}, run by `serve`. */
export interface OperationHandler {
  readonly kind: "operation";
  readonly operation: Operation;
  readonly run: (request: unknown, context: CallContext) => Promise<Result<unknown, AnyFailure>>;
}

/** Answers one stream. Made by {@link handleStream}. */
export interface StreamHandler {
  readonly kind: "stream";
  readonly stream: Stream;
  readonly run: (request: unknown, page: StreamPage) => Promise<{ readonly items: readonly StreamItem[] }>;
}

export type Handler = OperationHandler | StreamHandler;

export interface StreamItem<Item = unknown> {
  readonly cursor: string;
  readonly item: Item;
}

/** Which items are asked for: at most `limit` after the cursor `after`. The handler may wait for the first one until `signal` aborts. */
export interface StreamPage {
  readonly after?: string;
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** Joins an operation with the function that answers it: `ok(value)`, or `fail(failureOf(operation, "name", fields))`. */
export const handle = <Name extends string, Request extends Schema, Response extends Schema, Errors extends ErrorTable>(
  operation: Operation<Name, Request, Response, Errors>,
  run: (request: Output<Request>, context: CallContext<Input<Response>>) => Promise<Result<Input<Response>, Failure<Errors>>>,
): Handler => ({
  kind: "operation",
  operation: operation as unknown as Operation,
  run: run as OperationHandler["run"],
});

/** Joins a stream with the function that answers its next items. Cursors are the handler's own; it must be able to continue after any of them. */
export const handleStream = <Name extends string, Request extends Schema, Item extends Schema>(
  stream: Stream<Name, Request, Item>,
  run: (request: Output<Request>, page: StreamPage) => Promise<{ readonly items: readonly StreamItem<Input<Item>>[] }>,
): Handler => ({ kind: "stream", stream: stream as Stream, run: run as StreamHandler["run"] });
