const keyBytes = 16;

/** A new idempotency key. Not `randomUUID`, which browsers have over https and on localhost only. */
export const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(keyBytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
