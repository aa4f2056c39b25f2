/** What went wrong on the bus. `lost`: the responder went away while it held the request; whether it acted is unknown. */
export type BusErrorKind = "timeout" | "no-responders" | "too-large" | "queue-full" | "lost" | "closed";

export class BusError extends Error {
  override readonly name = "BusError";
  readonly kind: BusErrorKind;
  readonly subject: string;

  constructor(kind: BusErrorKind, subject: string, message: string) {
    super(message);
    this.kind = kind;
    this.subject = subject;
  }
}

export type Headers = Readonly<Record<string, string>>;

/** A message as it arrives: bytes, never shared objects. */
export interface BusMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: Headers;
}

export interface BusRequestOptions {
  readonly timeoutMs: number;
  readonly headers?: Headers;
  readonly signal?: AbortSignal;
}

export interface Subscription {
  /** Takes no new messages; resolves when those in progress are done or `deadlineMs` passed. */
  stop(deadlineMs?: number): Promise<void>;
}

/**
 * Subjects are dot-separated tokens (letters, digits, `-`, `_`); a subscription may use `*` for one token and a final `>` for the rest.
 * Delivery is at most once for `publish`, at least zero times for `request`: a request that timed out may have been, or may yet be, handled.
 * A message may arrive twice. Payloads above `payloadBytesMax` are refused.
 *
 * Between processes there is a server that may go away: then requests that wait end in `lost`, and until it is back everything else is rejected
 * with `closed`. Subscribers and responders stay, and go on when it is back; what was published meanwhile is not repeated.
 */
export interface Bus {
  readonly payloadBytesMax: number;
  /**
   * Resolves when the message left here. Rejects with BusError `closed`, `too-large`, or `queue-full` where the bus can see that a subscriber has
   * too many messages waiting; where it cannot, because that one is in another process, the message is lost for that subscriber alone.
   */
  publish(subject: string, payload: Uint8Array, headers?: Headers): Promise<void>;
  /** Every subscriber gets each message, in the order of its publisher; within one `queue` only one member does. */
  subscribe(
    subject: string,
    handler: (message: BusMessage) => Promise<void>,
    options?: { queue?: string; pendingMax?: number },
  ): Promise<Subscription>;
  /** Rejects with BusError: `no-responders` at once when nobody listens, else `timeout`, `lost`, `too-large`, `queue-full` or `closed`. */
  request(subject: string, payload: Uint8Array, options: BusRequestOptions): Promise<BusMessage>;
  /** One of the responders of a subject answers each request. A handler that rejects is a responder that died: the caller gets `lost`. */
  respond(
    subject: string,
    handler: (message: BusMessage) => Promise<{ payload: Uint8Array; headers?: Headers }>,
    options?: { pendingMax?: number; concurrencyMax?: number },
  ): Promise<Subscription>;
  close(): Promise<void>;
}
