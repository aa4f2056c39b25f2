/** The right to act alone on something, for a while. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Grows with every change of holder. Every write that the holder makes carries it, so that a late write of a former holder is refused. */
  readonly fence: number;
  readonly expiresAtMs: number;
}

export interface Leases {
  /** The lease when it was free, expired, or already held by `holder` (then renewed with the same fence); `undefined` when another holds it. */
  acquire(name: string, holder: string, ttlMs: number): Promise<Lease | undefined>;
  /** The lease with a later expiry; `undefined` when it is no longer this one's (same holder and fence). */
  renew(lease: Lease, ttlMs: number): Promise<Lease | undefined>;
  /** Gives it back; does nothing when it is no longer this one's. */
  release(lease: Lease): Promise<void>;
  /** Who holds it now, if anybody. */
  current(name: string): Promise<Lease | undefined>;
}
