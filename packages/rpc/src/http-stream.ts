import type { Stream } from "@fogline/contracts";
import type { FastifyReply } from "fastify";
import type { Client } from "./client.ts";
import type { CallFailure } from "./failure.ts";
import type { StreamItem } from "./handle.ts";
import type { Principal } from "./wire.ts";

/** A comment is sent at least this often, so that proxies and clients know that the connection lives. */
export const heartbeatMs = 15_000;
const reconnectMs = 2_000;
/** Items asked for at once. */
export const pageLimit = 100;

export interface StreamCall {
  readonly client: Client;
  readonly stream: Stream;
  readonly request: unknown;
  readonly principal: Principal;
  readonly after?: string;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

/**
 * Sends a stream as server-sent events, `id` being the cursor, until the client leaves or the stream fails; the client comes back by itself
 * and says which cursor it saw last. Answers the failure, with nothing sent, when the stream cannot be opened.
 */
export const sendStream = async (reply: FastifyReply, call: StreamCall): Promise<CallFailure | undefined> => {
  const { client, stream, request, principal, requestId, signal } = call;
  let after = call.after;
  const poll = (waitMs: number) =>
    client.poll(stream, request, { ...(after === undefined ? {} : { after }), limit: pageLimit, waitMs, signal, principal });
  let page = await poll(0);
  if (!page.ok) return page.failure;

  const raw = beginEvents(reply, requestId);
  const write = async (text: string): Promise<void> => {
    if (signal.aborted || raw.write(text)) return;
    const drained = Promise.withResolvers<void>();
    raw.once("drain", drained.resolve);
    signal.addEventListener("abort", () => drained.resolve(), { once: true });
    await drained.promise;
  };
  while (page.ok && !signal.aborted) {
    for (const item of page.value) {
      after = item.cursor;
      await write(eventOf(item));
    }
    if (page.value.length === 0) await write(": heartbeat\n\n");
    page = await poll(heartbeatMs);
  }
  raw.end();
  return undefined;
};

/** Takes the answer out of fastify's hands and begins it. Nothing may be sent before. */
export const beginEvents = (reply: FastifyReply, requestId: string): FastifyReply["raw"] => {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
    "x-request-id": requestId,
  });
  raw.write(`retry: ${reconnectMs}\n\n`);
  return raw;
};

/** Line breaks would end the field. JSON has none; a cursor should not. */
const eventOf = ({ cursor, item }: StreamItem): string => `id: ${cursor.replace(/[\r\n\0]/g, "")}\ndata: ${JSON.stringify(item)}\n\n`;
