import type { Clock } from "@fogline/ports";
import type { Connection, Outage, OutboxEntry, Store } from "./ports.ts";

/** Reports on their way without acknowledgement. */
const windowMax = 128;
/** A returning device does not flood the hub: this many reports at once, then this many a second. */
const burstMax = 100;
const perSecond = 200;
/** Unacknowledged reports are sent again after this long on a connection that stays open. */
const resendMs = 10_000;

export interface Outbox {
  /** A connection stands and the hub said what it has: everything after that is sent. `outage`: what that ended. */
  open(connection: Connection, acknowledged: number, outage?: Outage): void;
  close(): void;
  acknowledge(sequence: number): void;
  /** Something was added. */
  wake(): void;
  /** Resolves when nothing waits any more, or after the time is over. */
  emptied(timeoutMs: number): Promise<void>;
}

/** Sends the durable reports in order, at least once each, until the hub acknowledges them. */
export const createOutbox = (store: Store, clock: Clock): Outbox => {
  let connection: Connection | undefined;
  let sentTo = 0;
  let inFlight: number[] = [];
  let tokens = burstMax;
  let refilledAtMs = clock.monotonicMs();
  let cancelTimer: (() => void) | undefined;
  let cancelResend: (() => void) | undefined;
  let waiters: (() => void)[] = [];

  const refill = () => {
    const now = clock.monotonicMs();
    tokens = Math.min(burstMax, tokens + ((now - refilledAtMs) * perSecond) / 1000);
    refilledAtMs = now;
  };
  const resend = () => {
    cancelResend = undefined;
    sentTo = (inFlight[0] ?? sentTo + 1) - 1;
    inFlight = [];
    pump();
  };
  const send = (to: Connection, { sequence, report }: OutboxEntry) => {
    to.send(JSON.stringify({ type: "report", sequence, report }));
    sentTo = sequence;
    inFlight.push(sequence);
    tokens -= 1;
  };
  const pump = () => {
    if (connection === undefined) return;
    refill();
    const room = Math.min(Math.floor(tokens), windowMax - inFlight.length);
    const entries = room > 0 ? store.pending(sentTo, room) : [];
    for (const entry of entries) send(connection, entry);
    if (inFlight.length > 0) cancelResend ??= clock.after(resendMs, resend);
    // Out of tokens, not out of window: an acknowledgement will not wake us.
    if (tokens < 1 && cancelTimer === undefined) {
      cancelTimer = clock.after(Math.ceil(1000 / perSecond) * 10, () => {
        cancelTimer = undefined;
        pump();
      });
    }
  };
  const disarm = () => {
    cancelTimer?.();
    cancelResend?.();
    cancelTimer = undefined;
    cancelResend = undefined;
  };
  const tell = () => {
    if (waiters.length === 0 || store.pendingCount() > 0) return;
    for (const done of waiters) done();
    waiters = [];
  };

  return {
    open: (opened, acknowledged, outage) => {
      disarm();
      store.resume(acknowledged, outage);
      connection = opened;
      sentTo = 0;
      inFlight = [];
      pump();
      tell();
    },
    close: () => {
      connection = undefined;
      disarm();
    },
    acknowledge: (sequence) => {
      store.acknowledge(sequence);
      inFlight = inFlight.filter((sent) => sent > sequence);
      cancelResend?.();
      cancelResend = undefined;
      pump();
      tell();
    },
    wake: pump,
    emptied: (timeoutMs) =>
      new Promise((resolve) => {
        if (connection === undefined || store.pendingCount() === 0) return resolve();
        const cancel = clock.after(timeoutMs, resolve);
        waiters.push(() => {
          cancel();
          resolve();
        });
      }),
  };
};
