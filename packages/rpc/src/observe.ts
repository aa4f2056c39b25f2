import type { Result } from "@fogline/findings";

/** Where this package tells what happens. pino's loggers fit. */
export interface RpcLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const silent: RpcLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** One call on its way out (`client`), or one being handled (`server`). */
export interface Exchange {
  readonly side: "client" | "server";
  readonly operation: string;
  readonly correlationId: string;
  /** Headers as received on the server side; on the client side the observer may add some, such as a trace context. */
  readonly headers: Record<string, string>;
}

/** Wraps every exchange: it must call `run` once and answer what that answers. For spans, durations, counters. */
export type Observe = <R extends Result<unknown, { readonly error: string }>>(exchange: Exchange, run: () => Promise<R>) => Promise<R>;

export const unobserved: Observe = (_exchange, run) => run();
