import { fail, type Result } from "@fogline/findings";
import type { BusMessage, Clock } from "@fogline/ports";
import { type AnyFailure, forbidden, internal, refused } from "./failure.ts";
import type { CallContext, OperationHandler } from "./handle.ts";
import { decode, encode, encodeOwn, type Problem } from "./json.ts";
import type { Once, Remember } from "./once.ts";
import { parseDroppingUnknown } from "./parse.ts";
import type { ServeContext } from "./serve.ts";
import { allows, header, principalOf } from "./wire.ts";

type Answer = Result<unknown, AnyFailure>;

const notJson: readonly Problem[] = [{ path: "", message: "the body is not JSON" }];

/** Answers one request of one operation. Never rejects: whatever happens becomes an answer. */
export const answerOperation = async (
  handler: OperationHandler,
  { payload, headers }: BusMessage,
  context: ServeContext,
  once: Once | undefined,
): Promise<{ payload: Uint8Array }> => {
  const operation = handler.operation.name;
  const correlationId = headers[header.correlationId] ?? context.random.id();
  const about = { side: "server", operation, correlationId, headers: { ...headers } } as const;
  const answer = await context.observe(about, () => decide(handler, payload, headers, { ...context, correlationId }, once));
  const encoded = encode(answer.ok ? { ok: true, value: answer.value ?? null } : answer);
  if ("bytes" in encoded && encoded.bytes.length <= context.answerBytesMax) return { payload: encoded.bytes };
  const problems =
    "bytes" in encoded ? [{ path: "", message: `${encoded.bytes.length} bytes are more than ${context.answerBytesMax}` }] : encoded.problems;
  context.log.error({ operation, correlationId, problems }, "the answer cannot travel");
  return { payload: encodeOwn(fail(internal(`${operation} answered with something that cannot travel`))) };
};

const decide = async (
  handler: OperationHandler,
  payload: Uint8Array,
  headers: BusMessage["headers"],
  context: ServeContext & { readonly correlationId: string },
  once: Once | undefined,
): Promise<Answer> => {
  const { operation } = handler;
  const { correlationId, clock } = context;
  const principal = principalOf(headers);
  if (!allows(operation.role, principal.role)) return fail(forbidden(operation.name, operation.role, principal.role));
  const received = decode(payload);
  if (received === undefined) return fail(refused(operation.name, notJson));
  const parsed = parseDroppingUnknown(operation.request, received);
  if ("problems" in parsed) return fail(refused(operation.name, parsed.problems));

  const saidMs = Number(headers[header.timeoutMs]);
  const waiting = whileWaited(clock, saidMs > 0 ? saidMs : operation.timeoutMs, context.stopped);
  const key = operation.idempotency === "key" ? headers[header.idempotencyKey] : undefined;
  const run = (remember: Remember): Promise<Answer> => {
    const call: CallContext = {
      correlationId,
      principal,
      ...(key === undefined ? {} : { idempotencyKey: key }),
      get signal() {
        return waiting.signal();
      },
      remember,
    };
    return handler.run(parsed.value, call);
  };
  try {
    if (key === undefined || once === undefined) return await run(async () => {});
    return await once.run({ operation: operation.name, principal: principal.name, key }, received, run);
  } catch (thrown) {
    context.log.error({ err: thrown, operation: operation.name, correlationId }, "the handler threw");
    return fail(internal(`${operation.name} failed unexpectedly; its log has the cause under ${correlationId}`));
  } finally {
    waiting.end();
  }
};

/**
 * Aborts when the caller no longer waits or the service stops. Made when a handler first asks for it: most never do, and controllers with their
 * timers cost more than many an answer.
 */
const whileWaited = (clock: Clock, timeoutMs: number, stopped: AbortSignal) => {
  const untilMs = clock.monotonicMs() + timeoutMs;
  let made: { readonly signal: AbortSignal; cancel(): void } | undefined;
  const make = () => {
    const gone = new AbortController();
    const cancel = clock.after(Math.max(0, untilMs - clock.monotonicMs()), () => gone.abort(new Error("the caller no longer waits")));
    return { signal: AbortSignal.any([gone.signal, stopped]), cancel };
  };
  return {
    signal: (): AbortSignal => {
      made ??= make();
      return made.signal;
    },
    end: (): void => made?.cancel(),
  };
};
