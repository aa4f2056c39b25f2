import type { Input, Output, Schema, Stream } from "@fogline/contracts";
import { FoglineError, fail, ok, type Result } from "@fogline/findings";
import { BusError } from "@fogline/ports";
import { backoffMs } from "./call.ts";
import type { ClientContext, FollowOptions } from "./client.ts";
import { recentIds } from "./events.ts";
import { asFailure, type CallFailure, gaveUp, internal, ofBusError, refused } from "./failure.ts";
import type { StreamItem } from "./handle.ts";
import { decode, encode, isRecord } from "./json.ts";
import { parseDroppingUnknown } from "./parse.ts";
import { header, type Principal, streamSubject } from "./wire.ts";

export interface PollOptions {
  /** One replica; any unless said. */
  readonly address?: string;
  readonly after?: string;
  readonly limit: number;
  /** How long the other side may wait for the first item, at most 25,000 ms. */
  readonly waitMs: number;
  readonly signal?: AbortSignal;
  readonly principal?: Principal;
}

/** What a network may take on top of the wait. */
const answerMarginMs = 5_000;
const followLimit = 100;
const followWaitMs = 20_000;
const cursorsRemembered = 1_024;

/** The stream refuses this caller or this request; trying again cannot help. */
export class CallError extends FoglineError {
  readonly failure: CallFailure;

  constructor(failure: CallFailure) {
    super(failure.code, failure.message, { fields: failure.fields });
    this.failure = failure;
  }
}

/** See `Client.poll`. */
export const pollStream = async <Request extends Schema, Item extends Schema>(
  { bus, random, source, correlation }: ClientContext,
  stream: Stream<string, Request, Item>,
  request: Input<Request>,
  { address, after, limit, waitMs, signal, principal }: PollOptions,
): Promise<Result<readonly StreamItem<Output<Item>>[], CallFailure>> => {
  const subject = streamSubject(stream.name, address);
  const encoded = encode({ request, ...(after === undefined ? {} : { after }), limit, waitMs });
  if ("problems" in encoded) return fail(refused(stream.name, encoded.problems));
  const headers = {
    [header.correlationId]: correlation?.() ?? random.id(),
    [header.principal]: principal?.name ?? source,
    [header.role]: principal?.role ?? "service",
  };
  try {
    const timeoutMs = waitMs + answerMarginMs;
    const answer = await bus.request(subject, encoded.bytes, { timeoutMs, headers, ...(signal === undefined ? {} : { signal }) });
    return itemsIn(stream, decode(answer.payload));
  } catch (thrown) {
    if (signal?.aborted === true) return fail(gaveUp(subject));
    if (thrown instanceof BusError) return fail(ofBusError(thrown));
    throw thrown;
  }
};

/** See `Client.follow`. */
export async function* followStream<Request extends Schema, Item extends Schema>(
  context: ClientContext,
  stream: Stream<string, Request, Item>,
  request: Input<Request>,
  { after: start, signal, principal }: FollowOptions,
): AsyncGenerator<StreamItem<Output<Item>>, void> {
  const seen = recentIds(cursorsRemembered);
  let after = start;
  if (after !== undefined) seen.add(after);
  let failures = 0;
  while (!signal.aborted) {
    const position = after === undefined ? {} : { after };
    const caller = principal === undefined ? {} : { principal };
    const page = await pollStream(context, stream, request, { ...position, ...caller, limit: followLimit, waitMs: followWaitMs, signal });
    if (signal.aborted) return;
    if (page.ok) {
      failures = 0;
      for (const item of page.value) {
        after = item.cursor;
        if (seen.add(item.cursor)) yield item;
        if (signal.aborted) return;
      }
      continue;
    }
    if (page.failure.error === "refusedRequest" || page.failure.error === "forbidden") throw new CallError(page.failure);
    failures += 1;
    context.log.debug({ stream: stream.name, failure: page.failure.error, failures }, "a stream is interrupted");
    await context.clock.sleep(backoffMs(Math.min(failures, 5), context.random.unit(), followWaitMs), signal).catch(() => {});
  }
}

const itemsIn = <Item extends Schema>(
  { name, item: schema }: Stream<string, Schema, Item>,
  answer: unknown,
): Result<readonly StreamItem<Output<Item>>[], CallFailure> => {
  if (isRecord(answer) && answer.ok === false) {
    const failure = asFailure(answer.failure);
    return fail(failure === undefined ? internal(`the answer of ${name} is not one`) : (failure as CallFailure));
  }
  const page = isRecord(answer) && isRecord(answer.value) ? answer.value.items : undefined;
  if (!Array.isArray(page)) return fail(internal(`the answer of ${name} is not one`));
  const items: StreamItem<Output<Item>>[] = [];
  for (const entry of page as unknown[]) {
    const parsed = isRecord(entry) ? parseDroppingUnknown(schema, entry.item) : undefined;
    if (!isRecord(entry) || typeof entry.cursor !== "string" || parsed === undefined || "problems" in parsed) {
      return fail(internal(`an item of ${name} does not fit its schema`));
    }
    items.push({ cursor: entry.cursor, item: parsed.value });
  }
  return ok(items);
};
