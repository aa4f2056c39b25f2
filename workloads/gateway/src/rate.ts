/** How fast something may happen: on average `perSecond`, and at once as much as `burstSeconds` of that. */
export interface Rate {
  readonly perSecond: number;
  readonly burstSeconds: number;
}

/** More senders than this share one bucket, so that inventing names does not cost memory. */
const bucketsMax = 10_000;
const overflow = Symbol("everyone else");
/** How often room is looked for among full buckets: looking costs a walk over all of them. */
const forgetEachMs = 1_000;

/** Token buckets by key (RFC 2697 in spirit, one rate). Time is an argument, in monotonic milliseconds. */
export class RateLimit {
  readonly #rate: Rate;
  readonly #buckets = new Map<string | symbol, { tokens: number; atMs: number }>();

  #forgotAtMs = Number.NEGATIVE_INFINITY;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Takes one; 0 when it was there, else the milliseconds until the next one is. */
  take(key: string, nowMs: number): number {
    const { perSecond } = this.#rate;
    const bucket = this.#bucketOf(key, nowMs);
    bucket.tokens = this.#refilled(bucket, nowMs);
    bucket.atMs = nowMs;
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / perSecond) * 1_000);
    bucket.tokens -= 1;
    return 0;
  }

  /** Returns one that was taken for something that did not count after all. */
  giveBack(key: string): void {
    const bucket = this.#buckets.get(key) ?? this.#buckets.get(overflow);
    if (bucket !== undefined) bucket.tokens = Math.min(this.#full, bucket.tokens + 1);
  }

  /** Whether one could be taken now. */
  allows(key: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(key);
    return bucket === undefined || this.#refilled(bucket, nowMs) >= 1;
  }

  #refilled({ tokens, atMs }: { tokens: number; atMs: number }, nowMs: number): number {
    const { perSecond } = this.#rate;
    return Math.min(this.#full, tokens + ((nowMs - atMs) / 1_000) * perSecond);
  }

  get #full(): number {
    return Math.max(1, this.#rate.perSecond * this.#rate.burstSeconds);
  }

  #bucketOf(key: string | symbol, nowMs: number): { tokens: number; atMs: number } {
    const known = this.#buckets.get(key);
    if (known) return known;
    if (this.#buckets.size >= bucketsMax) this.#forgetFull(nowMs);
    if (this.#buckets.size >= bucketsMax && key !== overflow) return this.#bucketOf(overflow, nowMs);
    const bucket = { tokens: this.#full, atMs: nowMs };
    this.#buckets.set(key, bucket);
    return bucket;
  }

  /** A full bucket says nothing that a new one would not. */
  #forgetFull(nowMs: number): void {
    if (nowMs - this.#forgotAtMs < forgetEachMs) return;
    this.#forgotAtMs = nowMs;
    for (const [key, bucket] of this.#buckets) if (this.#refilled(bucket, nowMs) >= this.#full) this.#buckets.delete(key);
  }
}
