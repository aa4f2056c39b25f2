import { type ErrorTable, type Failure, type Input, type Operation, type Output, orchestrationDefaults, type Schema } from "@fogline/contracts";
import { fail, ok, type Result } from "@fogline/findings";
import { BusError } from "@fogline/ports";
import type { Guard } from "./breaker.ts";
import type { CallOptions, ClientContext } from "./client.ts";
import { type AnyFailure, asFailure, type CallFailure, callFailureNames, gaveUp, internal, ofBusError, refused } from "./failure.ts";
import { decode, encode, isRecord } from "./json.ts";
import { parseDroppingUnknown } from "./parse.ts";
import { header, operationSubject } from "./wire.ts";

const attemptsMax = orchestrationDefaults.discoveryAttempts;

type AnyOperation = Operation<string, Schema, Schema, ErrorTable>;

/** See `Client.call`. */
export const callOperation = async <Request extends Schema, Response extends Schema, Errors extends ErrorTable>(
  context: ClientContext,
  guard: Guard,
  operation: Operation<string, Request, Response, Errors>,
  request: Input<Request>,
  options: CallOptions,
): Promise<Result<Output<Response>, Failure<Errors> | CallFailure>> => {
  const encoded = encode(request);
  if ("problems" in encoded) return fail(refused(operation.name, encoded.problems));
  const correlationId = options.correlationId ?? context.correlation?.() ?? context.random.id();
  const headers = headersOf(context, options, correlationId, options.timeoutMs ?? operation.timeoutMs);
  const about = { side: "client", operation: operation.name, correlationId, headers } as const;
  const general = operation as unknown as AnyOperation;
  const answer = await context.observe(about, () => attempts(context, guard, general, encoded.bytes, headers, options));
  return answer as Result<Output<Response>, Failure<Errors> | CallFailure>;
};

const headersOf = (context: ClientContext, options: CallOptions, correlationId: string, timeoutMs: number): Record<string, string> => ({
  [header.correlationId]: correlationId,
  [header.principal]: options.principal?.name ?? context.source,
  [header.role]: options.principal?.role ?? "service",
  [header.timeoutMs]: String(timeoutMs),
  ...(options.principal?.session === undefined ? {} : { [header.session]: options.principal.session }),
  ...(options.idempotencyKey === undefined ? {} : { [header.idempotencyKey]: options.idempotencyKey }),
});

const attempts = async (
  { bus, clock, random }: ClientContext,
  guard: Guard,
  operation: AnyOperation,
  payload: Uint8Array,
  headers: Record<string, string>,
  { address, idempotencyKey, timeoutMs = operation.timeoutMs, signal }: CallOptions,
): Promise<Result<unknown, AnyFailure>> => {
  const subject = operationSubject(operation.name, address);
  const repeatable =
    operation.idempotency === "safe" || operation.idempotency === "natural" || (operation.idempotency === "key" && idempotencyKey !== undefined);
  const once = async () => {
    try {
      const answer = await bus.request(subject, payload, { timeoutMs, headers, ...(signal === undefined ? {} : { signal }) });
      return { value: answer.payload };
    } catch (thrown) {
      if (signal?.aborted === true) return { failure: gaveUp(subject) };
      if (thrown instanceof BusError) return { failure: ofBusError(thrown) };
      throw thrown;
    }
  };
  for (let attempt = 1; ; attempt++) {
    if (signal?.aborted === true) return fail(gaveUp(subject));
    const result = await guard.run(subject, once, signal);
    if ("value" in result) return answerIn(operation, result.value);
    if (!repeatable || attempt === attemptsMax || !mayPass(result.failure)) return fail(result.failure);
    try {
      await clock.sleep(backoffMs(attempt, random.unit()), signal);
    } catch {
      return fail(gaveUp(subject));
    }
  }
};

/** 500 ms, then twice as long each time; half of it fixed and half by chance, so that callers that failed together do not return together. */
export const backoffMs = (attempt: number, unit: number, limitMs = 30_000): number =>
  Math.min(limitMs, orchestrationDefaults.retryBackoffMs * 2 ** (attempt - 1)) * (0.5 + unit / 2);

const mayPass = ({ error }: CallFailure): boolean => error === "timeout" || error === "lost" || error === "unreachable";

const answerIn = ({ name, response, errors }: AnyOperation, payload: Uint8Array): Result<unknown, AnyFailure> => {
  const answer = decode(payload);
  if (!isRecord(answer)) return fail(internal(`the answer of ${name} is not one`));
  if (answer.ok === true) {
    const parsed = parseDroppingUnknown(response, answer.value);
    if ("value" in parsed) return ok(parsed.value);
    const [first] = parsed.problems;
    return fail(internal(`the answer of ${name} does not fit its schema: ${first?.path}: ${first?.message}`));
  }
  const failure = asFailure(answer.failure);
  if (failure === undefined) return fail(internal(`the answer of ${name} is not one`));
  if ((callFailureNames as readonly string[]).includes(failure.error)) return fail(failure);
  const declared = Object.hasOwn(errors, failure.error) ? errors[failure.error] : undefined;
  if (declared === undefined) return fail(internal(`${name} failed in a way that this caller does not know: ${failure.message}`));
  const fields = parseDroppingUnknown(declared.fields, failure.fields);
  if ("problems" in fields) return fail(internal(`the failure "${failure.error}" of ${name} does not fit its schema`));
  return fail({ ...failure, fields: fields.value as AnyFailure["fields"] });
};
