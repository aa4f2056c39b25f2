import { fail, ok, type Result } from "@fogline/findings";
import type { BusMessage } from "@fogline/ports";
import * as z from "zod/mini";
import { type AnyFailure, forbidden, internal, refused } from "./failure.ts";
import type { StreamHandler, StreamItem } from "./handle.ts";
import { decode, encode, encodeOwn } from "./json.ts";
import { parseDroppingUnknown } from "./parse.ts";
import type { ServeContext } from "./serve.ts";
import { allows, header, principalOf } from "./wire.ts";

/** How long a poll may wait for its first item. */
export const pollWaitMsMax = 25_000;
/** How many items one poll may bring. */
export const pollLimitMax = 1_000;

const Poll = z.object({
  request: z.unknown(),
  after: z.optional(z.string()),
  limit: z.int().check(z.minimum(1), z.maximum(pollLimitMax)),
  waitMs: z.int().check(z.minimum(0), z.maximum(pollWaitMsMax)),
});

type Page = { readonly items: readonly StreamItem[] };

/** Answers one poll: as many items after the cursor as fit, at once when there are some, empty when none came in time. */
export const answerStream = async (handler: StreamHandler, message: BusMessage, context: ServeContext): Promise<{ payload: Uint8Array }> => {
  const name = handler.stream.name;
  const correlationId = message.headers[header.correlationId] ?? context.random.id();
  const page = await decide(handler, message, context, correlationId);
  if (!page.ok) return { payload: encodeOwn(page) };
  for (let count = page.value.items.length; ; count = Math.floor(count / 2)) {
    const encoded = encode(ok({ items: page.value.items.slice(0, count) }));
    if ("bytes" in encoded && encoded.bytes.length <= context.answerBytesMax) return { payload: encoded.bytes };
    if ("bytes" in encoded && count > 1) continue;
    context.log.error({ stream: name, correlationId, ...encoded, bytes: undefined }, "an item cannot travel");
    return { payload: encodeOwn(fail(internal(`${name} has an item that cannot travel`))) };
  }
};

const decide = async (
  { stream, run }: StreamHandler,
  { payload, headers }: BusMessage,
  { clock, log, stopped }: ServeContext,
  correlationId: string,
): Promise<Result<Page, AnyFailure>> => {
  const { role } = principalOf(headers);
  if (!allows(stream.role, role)) return fail(forbidden(stream.name, stream.role, role));
  const poll = parseDroppingUnknown(Poll, decode(payload));
  if ("problems" in poll) return fail(refused(stream.name, poll.problems));
  const parsed = parseDroppingUnknown(stream.request, poll.value.request);
  if ("problems" in parsed) return fail(refused(stream.name, parsed.problems));

  const { after, limit, waitMs } = poll.value;
  const waited = new AbortController();
  const signal = AbortSignal.any([waited.signal, stopped]);
  const cancel = clock.after(waitMs, () => waited.abort(new Error("the wait is over")));
  try {
    return ok(await run(parsed.value, { ...(after === undefined ? {} : { after }), limit, signal }));
  } catch (thrown) {
    if (signal.aborted) return ok({ items: [] });
    log.error({ err: thrown, stream: stream.name, correlationId }, "the stream's handler threw");
    return fail(internal(`${stream.name} failed unexpectedly; its log has the cause under ${correlationId}`));
  } finally {
    cancel();
  }
};
