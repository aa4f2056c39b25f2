import { scrypt, timingSafeEqual } from "node:crypto";
import type { Random } from "@fogline/ports";

/** Cost of one hash: 32 MiB and about a tenth of a second (OWASP Password Storage Cheat Sheet: N 2^15, r 8, p 3). */
const usualCost: Cost = { N: 2 ** 15, r: 8, p: 3 };
const memoryBytesMax = 64 * 1024 ** 2;
const saltBytes = 16;
const hashBytes = 32;

/** Hashes at a time: each takes a thread and its memory, and the others are needed for files and names. */
const runningMax = 2;
/** Hashes that wait at most. More are refused, so that a flood of sign-ins costs those who come later an answer and not their turn. */
const waitingMax = 32;

/** Parameters of scrypt (RFC 7914). */
export interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** A hash had to wait behind too many others. */
export class TooBusy extends Error {
  override readonly name = "TooBusy";
}

const derive = (password: string, salt: Uint8Array, cost: Cost): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    // One normal form, so that the same letters are the same password on every keyboard (RFC 8265 section 4.2).
    scrypt(password.normalize("NFKC"), salt, hashBytes, { ...cost, maxmem: memoryBytesMax }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });

const stored = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]+)\$([\w-]+)$/;

/** Hashes passwords, a few at a time. `matches` does the same work whether there is a hash to compare with or not. */
export class Passwords {
  readonly #random: Random;
  readonly #cost: Cost;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  /** How often `scrypt` ran: what an unknown name costs must be what a known one does. */
  hashed = 0;

  constructor(random: Random, cost: Cost = usualCost) {
    this.#random = random;
    this.#cost = cost;
  }

  /** What is stored instead of the password: `scrypt$N$r$p$salt$hash`. Throws {@link TooBusy}. */
  async hash(password: string): Promise<string> {
    const salt = this.#random.bytes(saltBytes);
    const { N, r, p } = this.#cost;
    const hash = await this.#inTurn(() => derive(password, salt, { N, r, p }));
    return ["scrypt", N, r, p, textOf(salt), textOf(hash)].join("$");
  }

  /** Whether the password is the one behind the hash; never for null, after the same work. Throws {@link TooBusy}. */
  async matches(password: string, hash: string | null): Promise<boolean> {
    const [, N, r, p, salt = "", wanted = ""] = stored.exec(hash ?? "") ?? [];
    const known = wanted !== "";
    const options = known ? { N: Number(N), r: Number(r), p: Number(p) } : this.#cost;
    const given = await this.#inTurn(() => derive(password, known ? Buffer.from(salt, "base64url") : new Uint8Array(saltBytes), options));
    const expected = known ? Buffer.from(wanted, "base64url") : new Uint8Array(hashBytes);
    return timingSafeEqual(given, expected) && known;
  }

  async #inTurn(work: () => Promise<Uint8Array>): Promise<Uint8Array> {
    if (this.#running >= runningMax) {
      if (this.#waiting.length >= waitingMax) throw new TooBusy("too many passwords are being checked");
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running += 1;
    try {
      this.hashed += 1;
      return await work();
    } finally {
      // The place goes to who waited longest, or is free again.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
