import type { Stream } from "@fogline/contracts";
import type { FastifyReply } from "fastify";
import { beginEvents, heartbeatMs, type StreamCall } from "./http-stream.ts";

/** How items are written: server-sent events with a cursor each, or a JSON array of `{ cursor, item }` for one WebSocket message. */
export type StreamForm = "events" | "messages";

/**
 * A stream whose items are written where it is asked for. Sends what follows a cursor and everything that comes, in order and once, until the
 * returned function is called. `send` takes text of the form; it answers false when it takes no more.
 */
export type OwnStream = (form: StreamForm, send: (text: string) => boolean, after: string | undefined) => () => void;

/** The stream of a contract for a request that was found good; undefined for one that is on the bus. */
export type OwnStreamOf = (stream: Stream, request: unknown) => OwnStream | undefined;

/** Bytes that may wait for a reader of events that does not keep up; above, it is cut off and comes back with its cursor. */
const waitingBytesMax = 4_194_304;

/** Sends a stream of one's own as server-sent events until the reader leaves, does not keep up, or the server closes. */
export const sendOwnStream = (reply: FastifyReply, own: OwnStream, { after, requestId, signal }: StreamCall): Promise<undefined> =>
  new Promise((resolve) => {
    const raw = beginEvents(reply, requestId);
    let quiet = true;
    const write = (text: string): boolean => {
      quiet = false;
      if (signal.aborted) return false;
      raw.write(text);
      if (raw.writableLength > waitingBytesMax) raw.destroy();
      return !raw.destroyed;
    };
    const leave = own("events", write, after);
    const beat = setInterval(() => {
      if (quiet) write(": heartbeat\n\n");
      quiet = true;
    }, heartbeatMs);
    beat.unref();
    const end = () => {
      clearInterval(beat);
      leave();
      raw.end();
      resolve(undefined);
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
