/** Randomness as an argument: cryptographic in production, from a seed in simulations. */
export interface Random {
  bytes(length: number): Uint8Array;
  /** A lower-case UUID, version 7 in production so that ids sort by time. */
  id(): string;
  /** Uniform in [0, 1). For jitter and sampling, never for secrets. */
  unit(): number;
}
