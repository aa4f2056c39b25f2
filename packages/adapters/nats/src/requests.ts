import { type BusCall, BusError, type BusMessage, type BusRequestOptions, busCall, type Clock } from "@fogline/ports";
import { createInbox, type Msg } from "@nats-io/transport-node";
import type { Link } from "./link.ts";
import { messageOf, refusalIn, wireHeaders } from "./wire.ts";

export interface Requester {
  send(subject: string, payload: Uint8Array, options: BusRequestOptions): Promise<BusMessage>;
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
  const waiting = new Map<string, BusCall>();
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
      // Before the call begins: it throws for what no header can be.
      const given = wireHeaders(headers);
      const token = (++asked).toString(36);
      const { call, answered } = busCall(subject, { clock, timeoutMs, signal, ended: () => waiting.delete(token) });
      waiting.set(token, call);
      try {
        link.connection.publish(subject, new Uint8Array(payload), { reply: `${inbox}.${token}`, ...(given === undefined ? {} : { headers: given }) });
      } catch (thrown) {
        call.fail(thrown);
      }
      return answered;
    },
    failAll: (kind) => {
      for (const call of [...waiting.values()]) call.fail(new BusError(kind, call.subject, endings[kind]));
    },
  };
};
