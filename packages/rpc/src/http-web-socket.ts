import type { FastifyReply, FastifyRequest } from "fastify";
import type { AnyFailure } from "./failure.ts";
import type { StreamItem } from "./handle.ts";
import type { OwnStream } from "./http-own-stream.ts";
import { heartbeatMs, pageLimit, type StreamCall } from "./http-stream.ts";
import type { Principal } from "./wire.ts";

/** What a stream needs of a WebSocket. Whoever opened it ends it when its reader is too slow, silent or not allowed any more. */
export interface StreamSocket {
  /** False when the connection is over. */
  send(text: string): boolean;
  close(code: number, reason: string): void;
  /** Aborts when the connection is over. */
  readonly signal: AbortSignal;
}

/** A request that asks to become a WebSocket. */
export interface Upgrade {
  /** Why it may not; nothing was sent yet. */
  readonly refusal: AnyFailure | undefined;
  /** Finishes the handshake. Rejects when the caller has left. */
  open(): Promise<StreamSocket>;
}

export type UpgradeOf = (request: FastifyRequest, reply: FastifyReply, principal: Principal) => Upgrade | undefined;

/** WebSocket close codes (RFC 6455 section 7.4.1; 1012 and 1013 are in the registry of IANA). */
const closeCode = { refused: 1008, restart: 1012, tryLater: 1013 } as const;

/**
 * Sends a stream as messages that are JSON arrays of `{ cursor, item }` until the reader leaves, the server closes or the stream fails; the reader comes back and
 * names the last cursor it saw as `?after=`. Answers the failure, with nothing sent, when the stream cannot be opened.
 */
export const pushStream = async (upgrade: Upgrade, call: StreamCall): Promise<AnyFailure | undefined> => {
  const { client, stream, request, principal } = call;
  let after = call.after;
  const poll = (waitMs: number, signal: AbortSignal) =>
    client.poll(stream, request, { ...(after === undefined ? {} : { after }), limit: pageLimit, waitMs, signal, principal });
  let page = await poll(0, call.signal);
  if (!page.ok) return page.failure;
  const socket = await upgrade.open();
  const signal = AbortSignal.any([socket.signal, call.signal]);
  while (page.ok && !signal.aborted) {
    after = page.value.at(-1)?.cursor ?? after;
    if (page.value.length > 0 && !socket.send(messageOf(page.value))) return undefined;
    page = await poll(heartbeatMs, signal);
  }
  if (call.signal.aborted) socket.close(closeCode.restart, "the gateway stops");
  else if (!page.ok && page.failure.error === "forbidden") socket.close(closeCode.refused, page.failure.message);
  else socket.close(closeCode.tryLater, "the stream was interrupted");
  return undefined;
};

/** Sends a stream of one's own in the same way. */
export const pushOwnStream = async (upgrade: Upgrade, own: OwnStream, { after, signal }: StreamCall): Promise<undefined> => {
  const socket = await upgrade.open();
  const leave = own("messages", socket.send, after);
  await new Promise<void>((resolve) => {
    const over = AbortSignal.any([socket.signal, signal]);
    if (over.aborted) resolve();
    else over.addEventListener("abort", () => resolve(), { once: true });
  });
  leave();
  if (signal.aborted) socket.close(closeCode.restart, "the gateway stops");
};

const messageOf = (items: readonly StreamItem[]): string => JSON.stringify(items.map(({ cursor, item }) => ({ cursor, item })));
