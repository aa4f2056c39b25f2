import { BusError, type BusMessage } from "./bus.ts";
import type { Clock } from "./clock.ts";

/** A caller that waits. The first of answer, failure, timeout and the caller's own signal counts; what comes later is dropped. */
export interface BusCall {
  readonly subject: string;
  answer(message: BusMessage): void;
  fail(error: unknown): void;
}

export interface BusCallOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called before the caller hears of its end. */
  readonly ended: () => void;
}

/** A call that has begun, and what it comes to. Rejects with BusError `timeout`, with the signal's reason, or with what `fail` is told. */
export const busCall = (
  subject: string,
  { clock, timeoutMs, signal, ended }: BusCallOptions,
): { readonly call: BusCall; readonly answered: Promise<BusMessage> } => {
  const { promise: answered, resolve, reject } = Promise.withResolvers<BusMessage>();
  const end = () => {
    ended();
    cancelTimeout();
    signal?.removeEventListener("abort", abort);
  };
  const call: BusCall = {
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
  const cancelTimeout = clock.after(timeoutMs, () => call.fail(new BusError("timeout", subject, `no answer from ${subject} within ${timeoutMs} ms`)));
  signal?.addEventListener("abort", abort, { once: true });
  return { call, answered };
};
