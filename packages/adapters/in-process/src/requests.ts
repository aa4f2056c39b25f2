import {
  type BusAnswer,
  type BusCall,
  BusError,
  type BusMessage,
  type BusRequestOptions,
  busCall,
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

export interface Requester {
  send(subject: string, payload: Uint8Array, options: BusRequestOptions): Promise<BusMessage>;
  /** Rejects every waiting caller with `closed`. */
  close(): void;
}

/** The asking half of the bus: who waits for an answer, and how each wait ends. */
export const requester = ({ clock, random, faults, later, responders, onHandlerError }: Parts): Requester => {
  const waiting = new Set<BusCall>();
  const delayAnswer = delayOf(faults, clock, random);

  const back = (call: BusCall, deliver: () => void): void => {
    if (copiesOf(faults, random) === 0) return;
    delayAnswer(() =>
      later.add(() => {
        if (waiting.has(call)) deliver();
      }),
    );
  };

  const finish = (call: BusCall, answer: BusAnswer): void => {
    try {
      checkPayload(call.subject, answer.payload);
    } catch (error) {
      back(call, () => call.fail(error));
      return;
    }
    const message = copyOfMessage(call.subject, answer.payload, answer.headers);
    back(call, () => call.answer(message));
  };

  const deliveryTo = (handler: RequestHandler, message: BusMessage, call: BusCall): Delivery => {
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

  const dispatch = (route: Route<RequestHandler>, payload: Uint8Array, headers: Headers | undefined, call: BusCall): void => {
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
      const { call, answered } = busCall(subject, { clock, timeoutMs, signal, ended: () => waiting.delete(call) });
      waiting.add(call);
      dispatch(route, payload, headers, call);
      return answered;
    },
    close: () => {
      for (const call of [...waiting]) call.fail(new BusError("closed", call.subject, "the bus was closed while this request waited"));
    },
  };
};
