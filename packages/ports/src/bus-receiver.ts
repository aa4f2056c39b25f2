import type { Clock } from "./clock.ts";

/** Messages that one subscription holds, waiting or in progress, before the next is refused; unless the subscriber says otherwise. */
export const pendingMaxDefault = 1000;

/** One message on its way into a receiver. `abandon` is called when the receiver is gone before `handle` ended; both are harmless then. */
export interface Delivery {
  /** Never rejects. */
  handle(): Promise<void>;
  abandon(): void;
}

/** The queue in front of one subscriber or responder. */
export interface Receiver {
  /** Takes a place for a message that is about to be sent; false when there is none. */
  reserve(): boolean;
  /** The message for a reserved place has arrived. */
  accept(delivery: Delivery): void;
  /** The message for a reserved place will not arrive. */
  cancel(): void;
  /** Resolves when all that was taken is done; what is not done after `deadlineMs` is abandoned. Without a deadline it waits for the handlers. */
  drain(clock: Clock, deadlineMs?: number): Promise<void>;
  /** Abandons everything now. */
  drop(): void;
}

/**
 * Invariants: at most `concurrencyMax` deliveries run; they start in the order of arrival; never more than `pendingMax` places are taken;
 * every accepted delivery is handled or abandoned.
 */
export const receiver = ({
  pendingMax = pendingMaxDefault,
  concurrencyMax,
}: {
  pendingMax?: number | undefined;
  concurrencyMax: number;
}): Receiver => {
  const waiting: Delivery[] = [];
  const running = new Set<Delivery>();
  const idle: (() => void)[] = [];
  let taken = 0;
  let dropped = false;

  const free = () => {
    taken--;
    if (taken === 0) for (const resolve of idle.splice(0)) resolve();
  };
  const next = () => {
    while (running.size < concurrencyMax) {
      const delivery = waiting.shift();
      if (delivery === undefined) return;
      running.add(delivery);
      void delivery.handle().then(() => {
        running.delete(delivery);
        free();
        next();
      });
    }
  };
  const drop = () => {
    dropped = true;
    for (const delivery of waiting.splice(0)) {
      delivery.abandon();
      free();
    }
    for (const delivery of running) delivery.abandon();
  };

  return {
    reserve: () => {
      if (dropped || taken >= pendingMax) return false;
      taken++;
      return true;
    },
    accept: (delivery) => {
      if (dropped) {
        delivery.abandon();
        free();
        return;
      }
      waiting.push(delivery);
      next();
    },
    cancel: free,
    drain: (clock, deadlineMs) =>
      new Promise((resolve) => {
        if (taken === 0) {
          resolve();
          return;
        }
        const cancel =
          deadlineMs === undefined
            ? undefined
            : clock.after(deadlineMs, () => {
                drop();
                resolve();
              });
        idle.push(() => {
          cancel?.();
          resolve();
        });
      }),
    drop,
  };
};
