import type { StrategyName } from "../config.ts";

/** A replica as a strategy sees it. */
export interface Candidate {
  readonly id: string;
  /** Its share of the work beside others; above 0. */
  readonly weight: number;
  /** How far away it is: 0 at this site, 1 in this region, 2 anywhere else. */
  readonly distance: number;
  /** Calls that it has not answered yet, of those made from here. */
  readonly inFlight: number;
  /** Peak-sensitive moving average of its answers in milliseconds; 0 when nothing is known. */
  readonly latencyMs: number;
  readonly healthy: boolean;
}

/** What strategies that take turns remember between two choices. */
export interface Rotation {
  readonly turn: number;
  /** By replica: how much of its share it has not had yet. */
  readonly credits: ReadonlyMap<string, number>;
}

export const firstTurn: Rotation = { turn: 0, credits: new Map() };

export interface Choice {
  readonly id: string;
  readonly rotation: Rotation;
}

/** Chooses among the healthy ones; undefined when there is none. `unit` gives numbers from 0 up to 1 by chance. */
export type Strategy = (candidates: readonly Candidate[], rotation: Rotation, unit: () => number) => Choice | undefined;

const healthyOf = (candidates: readonly Candidate[]): readonly Candidate[] => candidates.filter(({ healthy }) => healthy);

const inTurn = (candidates: readonly Candidate[], rotation: Rotation): Choice | undefined => {
  const chosen = candidates[rotation.turn % Math.max(1, candidates.length)];
  return chosen && { id: chosen.id, rotation: { ...rotation, turn: (rotation.turn + 1) % Number.MAX_SAFE_INTEGER } };
};

/** Those for which `cost` is least. */
const leastBy = (candidates: readonly Candidate[], cost: (candidate: Candidate) => number): readonly Candidate[] => {
  const least = Math.min(...candidates.map(cost));
  return candidates.filter((candidate) => cost(candidate) === least);
};

/** How busy one would be with one call more, as a share of what it takes. */
const loadOf = ({ inFlight, weight }: Candidate): number => (inFlight + 1) / weight;

const roundRobin: Strategy = (candidates, rotation) => inTurn(healthyOf(candidates), rotation);

/** The fewest open calls for its weight; equals take turns. */
const leastLoaded: Strategy = (candidates, rotation) => inTurn(leastBy(healthyOf(candidates), loadOf), rotation);

/**
 * Smooth weighted round robin, as nginx does it (commit 52327e0627f49dbda1e8db695e63a4b0af4448b1): each round everyone earns its weight, who has
 * most is chosen and pays what all earned together. In as many choices as the weights sum up to, each has exactly its weight, well spread.
 */
const weighted: Strategy = (candidates, rotation) => {
  const healthy = healthyOf(candidates);
  const earned = healthy.map(({ id, weight }) => ({ id, credit: (rotation.credits.get(id) ?? 0) + weight }));
  const [first, ...others] = earned;
  if (first === undefined) return undefined;
  const chosen = others.reduce((best, next) => (next.credit > best.credit ? next : best), first);
  const sum = healthy.reduce((total, { weight }) => total + weight, 0);
  const credits = new Map(earned.map(({ id, credit }) => [id, id === chosen.id ? credit - sum : credit]));
  return { id: chosen.id, rotation: { ...rotation, credits } };
};

/** Of those at the same site, else in the same region, else of all, the least loaded. */
const nearest: Strategy = (candidates, rotation, unit) =>
  leastLoaded(
    leastBy(healthyOf(candidates), ({ distance }) => distance),
    rotation,
    unit,
  );

/** What a replica costs that holds calls and has answered none yet: more than any that has. */
const unknownCost = 1e9;

/**
 * What one call more would wait: peak EWMA of Finagle (https://twitter.github.io/finagle/guide/Clients.html#power-of-two-choices-p2c-least-loaded
 * and its `PeakEwma`): latency times open calls. One that nothing is known of is tried with a single call first.
 */
const waitOf = ({ latencyMs, inFlight, weight }: Candidate): number =>
  latencyMs === 0 && inFlight > 0 ? unknownCost + inFlight : (latencyMs * (inFlight + 1)) / weight;

/**
 * The better of two that chance picks (M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", IEEE TPDS 12(10), 2001): nearly as
 * even as comparing all, and gateways that see the same figures do not all run to the same replica.
 */
const latencyAware: Strategy = (candidates, rotation, unit) => {
  const healthy = healthyOf(candidates);
  const first = Math.floor(unit() * healthy.length);
  const second = (first + 1 + Math.floor(unit() * (healthy.length - 1))) % Math.max(1, healthy.length);
  const [one, other] = [healthy[first], healthy[second]];
  if (one === undefined || other === undefined) return undefined;
  return { id: waitOf(other) < waitOf(one) ? other.id : one.id, rotation };
};

export const strategies: Readonly<Record<StrategyName, Strategy>> = {
  "round-robin": roundRobin,
  "least-loaded": leastLoaded,
  weighted,
  nearest,
  "latency-aware": latencyAware,
};
