import type { Clock, Random } from "@fogline/ports";

/** How a worse network would treat each message. Every decision is drawn from the bus's Random. */
export interface BusFaults {
  /** Each message waits between 0 and this many milliseconds; 0 unless said. */
  readonly delayMs?: number;
  /** Share of messages (0 to 1) that vanish: events do not arrive, requests and answers end in `timeout`; 0 unless said. */
  readonly lossRate?: number;
  /** Share of messages (0 to 1) that arrive twice; 0 unless said. */
  readonly duplicateRate?: number;
  /** Delayed messages of one subscription may overtake each other; false unless said. Does nothing without `delayMs`. */
  readonly reorder?: boolean;
}

/** How often a message arrives: 0 when it is lost, 2 when it is duplicated. */
export const copiesOf = (faults: BusFaults | undefined, random: Random): number => {
  if (faults === undefined) return 1;
  const { lossRate = 0, duplicateRate = 0 } = faults;
  if (lossRate > 0 && random.unit() < lossRate) return 0;
  return duplicateRate > 0 && random.unit() < duplicateRate ? 2 : 1;
};

/** Hands messages over late. */
export type Delay = (deliver: () => void) => void;

/** A delay for one receiver. Without `delayMs` it hands over at once; the order stays unless `reorder` is set. */
export const delayOf = (faults: BusFaults | undefined, clock: Clock, random: Random): Delay => {
  const { delayMs = 0, reorder = false } = faults ?? {};
  if (delayMs === 0) return (deliver) => deliver();
  const line: (() => void)[] = [];
  return (deliver) => {
    const waitMs = random.unit() * delayMs;
    if (reorder) {
      clock.after(waitMs, deliver);
      return;
    }
    // Each timer releases the head of the line, not its own message: the order stays whatever the single delays are.
    line.push(deliver);
    clock.after(waitMs, () => line.shift()?.());
  };
};
