import type { Stream } from "@fogline/contracts";
import { parsed } from "./answer.ts";
import { eventsIn } from "./events.ts";
import type { FollowOptions, StreamItem } from "./groups.ts";
import { requestOf } from "./request.ts";
import { backoffMs, retryAfterMs } from "./retry.ts";
import { send, type Transport } from "./transport.ts";

/** The hub gives a sign of life every 15 s; after three that did not come the connection is given up. */
const silenceMs = 45_000;
/** A hub that is refused nothing but does not answer is asked again; anything else is an answer. */
const isPassing = (status: number): boolean => status === 0 || status === 429 || status >= 500;

/** Follows a stream over server-sent events: connects, goes on after the last cursor when the connection ends, and never gives an item twice. */
export async function* followStream(
  transport: Transport,
  stream: Stream,
  request: object,
  { after, signal: stop }: FollowOptions,
): AsyncGenerator<StreamItem<unknown>> {
  const left = new AbortController();
  const signal = stop === undefined ? left.signal : AbortSignal.any([stop, left.signal]);
  let cursor = after;
  let failures = 0;
  let retryMs = 0;
  try {
    while (!signal.aborted) {
      const connection = await connect(transport, stream, request, cursor, signal);
      if ("events" in connection) {
        for await (const event of connection.events) {
          failures = 0;
          if ("retryMs" in event) retryMs = event.retryMs;
          if (!("data" in event)) continue;
          const item: unknown = parsed(stream.item, jsonOf(event.data), stream.name, transport.remedies);
          cursor = event.id ?? cursor;
          yield { cursor: cursor ?? "", item };
        }
      } else if (!isPassing(connection.status)) throw connection.error;
      failures++;
      const asked = "headers" in connection ? (retryAfterMs(connection.headers) ?? 0) : 0;
      await transport.wait(Math.max(asked, retryMs, backoffMs(failures, transport.chance())), signal);
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    left.abort();
  }
}

const connect = async (transport: Transport, stream: Stream, request: object, cursor: string | undefined, signal: AbortSignal) => {
  const sent = requestOf(stream, request, transport.hub);
  const headers = { ...sent.headers, accept: "text/event-stream", ...(cursor === undefined ? {} : { "last-event-id": cursor }) };
  const answer = await send(transport, { ...sent, headers }, undefined, signal);
  if (!("response" in answer)) return answer;
  const { body } = answer.response;
  return { events: body === null ? noEvents() : untilSilent(eventsIn(body), signal) };
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

async function* noEvents(): AsyncGenerator<never> {}

/** The events of a connection until it ends, breaks or goes silent: all three mean that another is made. */
async function* untilSilent<Event>(events: AsyncGenerator<Event>, signal: AbortSignal): AsyncGenerator<Event> {
  try {
    for (;;) {
      const { promise: silent, resolve } = Promise.withResolvers<undefined>();
      const timer = setTimeout(resolve, silenceMs);
      const next = await Promise.race([events.next(), silent]).finally(() => clearTimeout(timer));
      if (next === undefined || next.done) return;
      yield next.value;
    }
  } catch (thrown) {
    if (signal.aborted || thrown instanceof RangeError) throw thrown;
  } finally {
    void events.return(undefined).catch(() => undefined);
  }
}
