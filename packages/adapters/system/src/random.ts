import { getRandomValues, randomBytes } from "node:crypto";
import type { Random } from "@fogline/ports";

/** Words drawn at once, because one call of the operating system costs more than a thousand numbers. */
const pool = new Uint32Array(512);
let used = pool.length;

const word = (): number => {
  if (used === pool.length) {
    getRandomValues(pool);
    used = 0;
  }
  return pool[used++] ?? 0;
};

const sequenceMax = 0xfff;
let lastMs = 0;
let sequence = 0;

/**
 * UUID version 7 (RFC 9562, section 5.7): 48 bits of milliseconds, 12 bits that count within a millisecond (section 6.2, method 1), 62 random
 * bits. Ids of one process strictly grow, also when the wall clock goes back: then the last millisecond is used on.
 */
const uuid7 = (): string => {
  const nowMs = Date.now();
  if (nowMs > lastMs) {
    lastMs = nowMs;
    // Half of the range, so that a burst within one millisecond has room to count.
    sequence = word() & (sequenceMax >>> 1);
  } else if (sequence < sequenceMax) sequence++;
  else {
    lastMs++;
    sequence = 0;
  }
  const time = lastMs.toString(16).padStart(12, "0");
  const low = ((word() & 0x3fffffff) | 0x80000000) >>> 0;
  const lowHex = low.toString(16).padStart(8, "0");
  const tail = lowHex.slice(4) + word().toString(16).padStart(8, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${sequence.toString(16).padStart(3, "0")}-${lowHex.slice(0, 4)}-${tail}`;
};

/** Randomness of the operating system. */
export const systemRandom: Random = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  id: uuid7,
  unit: () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53,
};
