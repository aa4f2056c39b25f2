import type { Sample } from "../live/state.ts";
import { memo } from "./memo.tsx";

type Quantity = "cpuPercent" | "temperatureCelsius";

const width = 64;
const height = 20;
const windowMsMin = 60_000;
const windowMsMax = 5 * 60_000;
const gapMs = 30_000;

/** A line over what is known, from one to five minutes, the newest at the right edge. Where nothing was heard for half a minute there is a gap. */
const pathOf = (samples: readonly Sample[], quantity: Quantity, low: number, high: number): string => {
  const end = samples.at(-1)?.atMs ?? 0;
  const windowMs = Math.min(windowMsMax, Math.max(windowMsMin, end - (samples[0]?.atMs ?? end)));
  let before = Number.NEGATIVE_INFINITY;
  let path = "";
  for (const sample of samples) {
    const { atMs } = sample;
    const value = sample[quantity];
    if (value === null) continue;
    const x = width - 1 - ((end - atMs) / windowMs) * (width - 2);
    const y = height - 1.5 - ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (height - 3);
    const letter = atMs - before > gapMs ? "M" : "L";
    before = atMs;
    path += `${letter}${x.toFixed(1)} ${y.toFixed(1)}`;
  }
  return path;
};

interface SparkProps {
  readonly samples: readonly Sample[];
  readonly quantity: Quantity;
  readonly low: number;
  readonly high: number;
}

/** The course of a value between fixed bounds, so that lines of different devices can be compared. Decoration: the value stands beside it. */
export const Spark = memo(({ samples, quantity, low, high }: SparkProps) => (
  <svg class="spark" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
    <path d={pathOf(samples, quantity, low, high)} />
  </svg>
));
