import { BusError, type BusMessage, type Clock, type Headers } from "@fogline/ports";
import { createInbox, type Msg } from "@nats-io/transport-node";
import type { Link } from "./link.ts";
import { messageOf, refusalIn, wireHeaders } from "./wire.ts";

interface Options {
  readonly timeoutMs: number;
  readonly headers?: Headers;
  readonly signal?: AbortSignal;
}

/** A caller that waits. The first of answer, failure and timeout counts; what comes later is dropped. */
interface Call {
  readonly subject: string;
  answer(message: BusMessage): void;
  fail(error: unknown): void;
}

export interface Requester {
  send(subject: string, payload: Uint8Array, options: Options): Promise<BusMessage>;
  /** Rejects every waiting caller with `kind`. */
  failAll(kind: "lost" | "closed"): void;
}

const sentences = {
  lost: "the responder went away before it answered",
  "queue-full": "the responder has too many requests waiting",
  "too-large": "the answer is too large",
  "no-responders": "nobody answers",
} as const;

const endings = {
  lost: "the connection to the NATS server was lost while this request waited",
  closed: "the bus was closed while this request waited",
};

/** The asking half of the bus: one subscription takes the answers of every call. */
export const requester = (link: Link, clock: Clock): Requester => {
  const inbox = createInbox();
  const waiting = new Map<string, Call>();
  let asked = 0;

  link.connection.subscribe(`${inbox}.*`, {
    callback: (error, message: Msg) => {
      if (error !== null) return;
      const call = waiting.get(message.subject.slice(inbox.length + 1));
      if (call === undefined) return;
      const refusal = refusalIn(message);
      if (refusal === undefined) call.answer(messageOf(message, call.subject));
      else call.fail(new BusError(refusal, call.subject, `${call.subject}: ${sentences[refusal]}`));
    },
  });

  return {
    send: (subject, payload, { timeoutMs, headers, signal }) => {
      if (signal?.aborted) throw signal.reason;
      return new Promise((resolve, reject) => {
        const token = (++asked).toString(36);
        const end = () => {
          waiting.delete(token);
          cancelTimeout();
          signal?.removeEventListener("abort", abort);
        };
        const call: Call = {
          subject,
          answer: (message) => {
            end();
            resolve(message);
          },
          fail: (error) => {
            end();
            reject(error);
          },
        };
        const abort = () => call.fail(signal?.reason);
        const cancelTimeout = clock.after(timeoutMs, () =>
          call.fail(new BusError("timeout", subject, `no answer from ${subject} within ${timeoutMs} ms`)),
        );
        signal?.addEventListener("abort", abort, { once: true });
        waiting.set(token, call);
        const given = wireHeaders(headers);
        link.connection.publish(subject, new Uint8Array(payload), { reply: `${inbox}.${token}`, ...(given === undefined ? {} : { headers: given }) });
      });
    },
    failAll: (kind) => {
      for (const call of [...waiting.values()]) call.fail(new BusError(kind, call.subject, endings[kind]));
    },
  };
};
