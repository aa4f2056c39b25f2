import {
  BusError,
  type Clock,
  checkPayload,
  type Delivery,
  type EventHandler,
  type Receiver,
  type RequestHandler,
  receiver,
  type Subscription,
} from "@fogline/ports";
import type { Msg } from "@nats-io/transport-node";
import type { BusLog, Link } from "./link.ts";
import { messageOf, type Refusal, refusalOf, wireHeaders } from "./wire.ts";

interface Listening {
  readonly pattern: string;
  readonly queue: string | undefined;
  readonly pendingMax: number;
  readonly concurrencyMax: number;
}

/** The listening half of the bus: subscribers and responders, each with a queue of its own in front. */
export interface Listeners {
  /** Resolves when the server knows of it, so that whatever is published from now on arrives. */
  toEvents(listening: Listening, handler: EventHandler): Promise<Subscription>;
  toRequests(listening: Listening, handler: RequestHandler): Promise<Subscription>;
  /** Abandons everything that waits or runs: their callers get `lost`. */
  drop(): void;
}

/** Losses of one subscriber are told together. */
const tellLossesMs = 1_000;

export const listeners = (link: Link, clock: Clock, log: BusLog | undefined): Listeners => {
  const receivers = new Set<Receiver>();

  const listen = async (
    { pattern, queue, pendingMax, concurrencyMax }: Listening,
    take: { readonly deliveryOf: (message: Msg) => Delivery; readonly refuse: (message: Msg) => void },
  ): Promise<Subscription> => {
    const waiting = receiver({ pendingMax, concurrencyMax });
    receivers.add(waiting);
    const subscription = link.connection.subscribe(pattern, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        // The server refused the subscription; the link has said why.
        if (error !== null) return;
        if (waiting.reserve()) waiting.accept(take.deliveryOf(message));
        else take.refuse(message);
      },
    });
    await link.known();
    return {
      stop: async (deadlineMs) => {
        const late = Promise.withResolvers<void>();
        const cancel = deadlineMs === undefined ? () => {} : clock.after(deadlineMs, late.resolve);
        const ended = async (): Promise<void> => {
          // What the server sent before it heard of the end still arrives, and is taken.
          await subscription.drain().catch(() => {});
          await waiting.drain(clock);
        };
        await Promise.race([ended(), late.promise]);
        cancel();
        subscription.unsubscribe();
        waiting.drop();
        receivers.delete(waiting);
      },
    };
  };

  const refuse = ({ reply }: Msg, kind: Refusal): void => {
    if (reply !== undefined && !link.connection.isClosed()) link.connection.publish(reply, undefined, { headers: refusalOf(kind) });
  };

  return {
    toEvents: (listening, handler) => {
      const losses = lossesOf(listening.pattern, clock, log);
      return listen(listening, {
        deliveryOf: (message) => ({
          handle: () =>
            Promise.resolve()
              .then(() => handler(messageOf(message)))
              .catch((thrown: unknown) =>
                log?.warn({ err: thrown, subject: message.subject }, "a subscriber failed, and the message is lost for it"),
              ),
          abandon: () => {},
        }),
        refuse: losses,
      });
    },
    toRequests: (listening, handler) =>
      listen(listening, {
        deliveryOf: (message) => requestDelivery(message, handler, { link, log, refuse }),
        refuse: (message) => refuse(message, "queue-full"),
      }),
    drop: () => {
      for (const waiting of receivers) waiting.drop();
    },
  };
};

/** Counts what a full subscriber loses, and tells it once a moment. */
const lossesOf = (subject: string, clock: Clock, log: BusLog | undefined): (() => void) => {
  let lost = 0;
  return () => {
    lost++;
    if (lost > 1) return;
    clock.after(tellLossesMs, () => {
      log?.warn({ subject, lost }, "a subscriber had too many messages waiting, and lost some");
      lost = 0;
    });
  };
};

const requestDelivery = (
  message: Msg,
  handler: RequestHandler,
  { link, log, refuse }: { link: Link; log: BusLog | undefined; refuse: (message: Msg, kind: Refusal) => void },
): Delivery => {
  let over = false;
  const end = (answer: () => void): void => {
    if (over || link.connection.isClosed()) return;
    over = true;
    answer();
  };
  return {
    handle: async () => {
      try {
        const { payload, headers } = await handler(messageOf(message));
        checkPayload(message.subject, payload);
        const given = wireHeaders(headers);
        end(() => {
          if (message.reply !== undefined)
            link.connection.publish(message.reply, new Uint8Array(payload), given === undefined ? {} : { headers: given });
        });
      } catch (thrown) {
        const tooLarge = thrown instanceof BusError && thrown.kind === "too-large";
        end(() => refuse(message, tooLarge ? "too-large" : "lost"));
        if (!tooLarge) log?.warn({ err: thrown, subject: message.subject }, "a responder failed, and its caller gets lost");
      }
    },
    abandon: () => end(() => refuse(message, "lost")),
  };
};
