import { BusError, type BusMessage, type Headers } from "./bus.ts";

/** What a message of any bus may carry: 256 KiB. Larger bodies travel as blob references. */
export const busPayloadBytesMax = 256 * 1024;

export type EventHandler = (message: BusMessage) => Promise<void>;
export type BusAnswer = { payload: Uint8Array; headers?: Headers };
export type RequestHandler = (message: BusMessage) => Promise<BusAnswer>;

/** A message that shares nothing with what it was made from. `new Uint8Array` copies, also when the payload is a Buffer, whose `slice` does not. */
export const copyOfMessage = (subject: string, payload: Uint8Array, headers: Headers | undefined): BusMessage => ({
  subject,
  payload: new Uint8Array(payload),
  headers: { ...headers },
});

/** Throws BusError `too-large` for a payload that does not fit. */
export const checkPayload = (subject: string, payload: Uint8Array): void => {
  if (payload.byteLength > busPayloadBytesMax)
    throw new BusError("too-large", subject, `${payload.byteLength} bytes for ${subject}, more than ${busPayloadBytesMax}`);
};
