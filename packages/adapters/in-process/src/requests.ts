import {
  type BusAnswer,
  BusError,
  type BusMessage,
  type Clock,
  checkPayload,
  copyOfMessage,
  type Delivery,
  type Headers,
  type Random,
  type RequestHandler,
} from "@fogline/ports";
import { type BusFaults, copiesOf, delayOf } from "./faults.ts";
import { type Route, type Routes, reserveIn } from "./routes.ts";
import type { Turns } from "./turns.ts";

interface Parts {
  readonly clock: Clock;
  readonly random: Random;
  readonly faults: BusFaults | undefined;
  readonly later: Turns;
  readonly responders: Routes<RequestHandler>;
  readonly onHandlerError: (subject: string, thrown: unknown) => void;
}

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
  /** Rejects every waiting caller with `closed`. */
  close(): void;
}

/** The asking half of the bus: who waits for an answer, and how each wait ends. */
export const requester = ({ clock, random, faults, later, responders, onHandlerError }: Parts): Requester => {
  const waiting = new Set<Call>();
  const delayAnswer = delayOf(faults, clock, random);

  const back = (call: Call, deliver: () => void): void => {
    if (copiesOf(faults, random) === 0) return;
    delayAnswer(() =>
      later.add(() => {
        if (waiting.has(call)) deliver();
      }),
    );
  };

  const finish = (call: Call, answer: BusAnswer): void => {
    try {
      checkPayload(call.subject, answer.payload);
    } catch (error) {
      back(call, () => call.fail(error));
      return;
    }
    const message = copyOfMessage(call.subject, answer.payload, answer.headers);
    back(call, () => call.answer(message));
  };

  const deliveryTo = (handler: RequestHandler, message: BusMessage, call: Call): Delivery => {
    const lost = () =>
      back(call, () => call.fail(new BusError("lost", call.subject, `the responder of ${call.subject} went away before it answered`)));
    return {
      handle: async () => {
        try {
          finish(call, await handler(message));
        } catch (thrown) {
          lost();
          onHandlerError(call.subject, thrown);
        }
      },
      abandon: lost,
    };
  };

  const dispatch = (route: Route<RequestHandler>, payload: Uint8Array, headers: Headers | undefined, call: Call): void => {
    const copies = copiesOf(faults, random);
    if (copies === 0) route.receiver.cancel();
    for (let copy = 0; copy < copies; copy++) {
      if (copy > 0 && !route.receiver.reserve()) return;
      const delivery = deliveryTo(route.handler, copyOfMessage(call.subject, payload, headers), call);
      route.delay(() => later.add(() => route.receiver.accept(delivery)));
    }
  };

  return {
    send: (subject, payload, { timeoutMs, headers, signal }) => {
      const [group] = responders.to(subject);
      if (group === undefined) throw new BusError("no-responders", subject, `nobody answers ${subject}`);
      if (signal?.aborted) throw signal.reason;
      const route = reserveIn(group);
      if (route === undefined) throw new BusError("queue-full", subject, `every responder of ${subject} has too many requests waiting`);
      return new Promise((resolve, reject) => {
        const end = () => {
          waiting.delete(call);
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
        waiting.add(call);
        dispatch(route, payload, headers, call);
      });
    },
    close: () => {
      for (const call of [...waiting]) call.fail(new BusError("closed", call.subject, "the bus was closed while this request waited"));
    },
  };
};
