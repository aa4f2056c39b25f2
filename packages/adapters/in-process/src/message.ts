import { BusError, type BusMessage, type Headers } from "@fogline/ports";

/** What a message may carry: 256 KiB. Larger bodies travel as blob references. */
export const payloadBytesMax = 256 * 1024;

export type EventHandler = (message: BusMessage) => Promise<void>;
export type Answer = { payload: Uint8Array; headers?: Headers };
export type RequestHandler = (message: BusMessage) => Promise<Answer>;

/** A message that shares nothing with what it was made from. `new Uint8Array` copies, also when the payload is a Buffer, whose `slice` does not. */
export const copyOf = (subject: string, payload: Uint8Array, headers: Headers | undefined): BusMessage => ({
  subject,
  payload: new Uint8Array(payload),
  headers: { ...headers },
});

/** Throws BusError `too-large` for a payload that does not fit. */
export const checkSize = (subject: string, payload: Uint8Array): void => {
  if (payload.byteLength > payloadBytesMax)
    throw new BusError("too-large", subject, `${payload.byteLength} bytes for ${subject}, more than ${payloadBytesMax}`);
};
