import {
  type Bus,
  BusError,
  type BusMessage,
  busPayloadBytesMax,
  type Clock,
  checkPayload,
  copyOfMessage,
  type Delivery,
  type EventHandler,
  pendingMaxDefault,
  type Random,
  type RequestHandler,
  receiver,
  type Subscription,
} from "@fogline/ports";
import { type BusFaults, copiesOf, delayOf } from "./faults.ts";
import { requester } from "./requests.ts";
import { reserveIn, routes } from "./routes.ts";
import { turns } from "./turns.ts";

export interface InProcessBusOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly faults?: BusFaults;
  /** Told what a handler threw. The bus itself only loses the message, or answers `lost`. */
  readonly onHandlerError?: (subject: string, thrown: unknown) => void;
}

/**
 * A bus inside this process that is no kinder than a network: messages are copied for each receiver, arrive in a later turn of the event loop,
 * are limited in size and number, and a handler that dies loses what it held. Full receivers harm only themselves: `publish` reaches the
 * others and rejects with `queue-full`. Throws TypeError for subjects that are none.
 */
export const inProcessBus = ({ clock, random, faults, onHandlerError = () => {} }: InProcessBusOptions): Bus => {
  const later = turns();
  const events = routes<EventHandler>();
  const responders = routes<RequestHandler>();
  let closed = false;
  const checkOpen = (subject: string) => {
    if (closed) throw new BusError("closed", subject, "the bus is closed");
  };
  const requests = requester({ clock, random, faults, later, responders, onHandlerError });

  const eventDelivery = (handler: EventHandler, message: BusMessage): Delivery => ({
    handle: async () => {
      try {
        await handler(message);
      } catch (thrown) {
        onHandlerError(message.subject, thrown);
      }
    },
    abandon: () => {},
  });

  const subscription = <Handler>(
    table: ReturnType<typeof routes<Handler>>,
    pattern: string,
    handler: Handler,
    options: { queue?: string | undefined; pendingMax?: number | undefined; concurrencyMax: number },
  ): Subscription => {
    const queue = receiver(options);
    const detach = table.add({ pattern, queue: options.queue, handler, receiver: queue, delay: delayOf(faults, clock, random) });
    return {
      stop: (deadlineMs) => {
        detach();
        return queue.drain(clock, deadlineMs);
      },
    };
  };

  return {
    payloadBytesMax: busPayloadBytesMax,
    publish: async (subject, payload, headers) => {
      checkOpen(subject);
      checkPayload(subject, payload);
      let full = 0;
      for (const group of events.to(subject)) {
        const copies = copiesOf(faults, random);
        for (let copy = 0; copy < copies; copy++) {
          const route = reserveIn(group);
          if (route === undefined) {
            if (copy === 0) full++;
            break;
          }
          const delivery = eventDelivery(route.handler, copyOfMessage(subject, payload, headers));
          route.delay(() => later.add(() => route.receiver.accept(delivery)));
        }
      }
      if (full > 0) throw new BusError("queue-full", subject, `${full} subscriber(s) of ${subject} have too many messages waiting`);
    },
    // One at a time: the order of the publisher is the order of the effects.
    subscribe: async (pattern, handler, options = {}) => {
      checkOpen(pattern);
      return subscription(events, pattern, handler, { ...options, concurrencyMax: 1 });
    },
    request: async (subject, payload, options) => {
      checkOpen(subject);
      checkPayload(subject, payload);
      return requests.send(subject, payload, options);
    },
    // All responders of a subject form one queue: exactly one of them gets each request.
    respond: async (pattern, handler, options = {}) => {
      checkOpen(pattern);
      return subscription(responders, pattern, handler, {
        queue: "",
        pendingMax: options.pendingMax,
        concurrencyMax: options.concurrencyMax ?? pendingMaxDefault,
      });
    },
    close: async () => {
      closed = true;
      requests.close();
      for (const table of [events, responders]) for (const route of table.all()) route.receiver.drop();
    },
  };
};
