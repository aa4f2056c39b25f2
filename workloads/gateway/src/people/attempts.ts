import type { Clock } from "@fogline/ports";
import type { GatewayConfig } from "../config.ts";
import { RateLimit } from "../rate.ts";

type Settings = Pick<GatewayConfig, "signInFailuresPerMinute" | "passwordFailuresPerMinute">;

const secondsPerMinute = 60;

/**
 * How often somebody may be wrong: an address with anything, and anybody with the password of one user. Names that nobody has count like
 * others, so that the limit does not tell them apart. Counted by each gateway for itself.
 */
export class Attempts {
  readonly #clock: Clock;
  readonly #addresses: RateLimit;
  readonly #names: RateLimit;
  /** How long an address waits for its next try. */
  readonly waitMs: number;

  constructor(clock: Clock, { signInFailuresPerMinute, passwordFailuresPerMinute }: Settings) {
    const limit = (perMinute: number) => new RateLimit({ perSecond: perMinute / secondsPerMinute, burstSeconds: secondsPerMinute });
    this.#clock = clock;
    this.#addresses = limit(signInFailuresPerMinute);
    this.#names = limit(passwordFailuresPerMinute);
    this.waitMs = (secondsPerMinute / signInFailuresPerMinute) * 1_000;
  }

  /** Whether the address was wrong too often by now. */
  exhausted(address: string): boolean {
    return !this.#addresses.allows(address, this.#clock.monotonicMs());
  }

  failed(address: string): void {
    this.#addresses.take(address, this.#clock.monotonicMs());
  }

  /**
   * Counts a try before it is known how it ends, because many may run at once; `forgive` takes that back. 0 when it may be made, else the
   * milliseconds to wait.
   */
  begin(address: string, name?: string): number {
    const nowMs = this.#clock.monotonicMs();
    const addressWaitMs = this.#addresses.take(address, nowMs);
    if (addressWaitMs > 0 || name === undefined) return addressWaitMs;
    const nameWaitMs = this.#names.take(name, nowMs);
    if (nameWaitMs > 0) this.#addresses.giveBack(address);
    return nameWaitMs;
  }

  forgive(address: string, name?: string): void {
    this.#addresses.giveBack(address);
    if (name !== undefined) this.#names.giveBack(name);
  }
}
