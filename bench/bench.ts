import type { Figure } from "./figures.ts";

/** How long a bench takes and what it tells. */
export interface BenchOptions {
  /** How long things settle before they are sampled, in milliseconds. */
  readonly settleMs: number;
  /** How long samples are taken, and how long a load is kept up, in milliseconds. */
  readonly windowMs: number;
  /** How many changes are pushed, one after the other. */
  readonly changes: number;
  readonly say: (text: string) => void;
}

/** One subject that is measured. */
export interface Bench {
  readonly about: string;
  /** How often and how long it is measured unless somebody says otherwise; 3 runs and 10 s where it does not say. */
  readonly defaults?: { readonly runs?: number; readonly windowS?: number };
  /** Why it cannot run here, with the remedy. */
  readonly missing?: () => string | undefined;
  /** Measures once, the comparison with it. Throws when an answer is wrong. */
  run(options: BenchOptions): Promise<readonly Figure[]>;
}

/** Throws when an answer is not what it must be: a fast wrong answer is no result. */
export const verify = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(`a wrong answer: ${what}`);
};
