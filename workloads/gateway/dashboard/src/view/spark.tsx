import { memo } from "./memo.tsx";

export interface Point {
  readonly atMs: number;
  readonly value: number;
}

const width = 64;
const height = 20;
const windowMs = 5 * 60_000;
const gapMs = 30_000;

/** A line over the last five minutes, the newest at the right edge. Where nothing was heard for half a minute there is a gap. */
const pathOf = (points: readonly Point[], low: number, high: number): string => {
  const end = points.at(-1)?.atMs ?? 0;
  let before = Number.NEGATIVE_INFINITY;
  return points
    .map(({ atMs, value }) => {
      const x = width - 1 - ((end - atMs) / windowMs) * (width - 2);
      const y = height - 1.5 - ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (height - 3);
      const letter = atMs - before > gapMs ? "M" : "L";
      before = atMs;
      return `${letter}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
};

/** The course of a value between fixed bounds, so that lines of different devices can be compared. Decoration: the value stands beside it. */
export const Spark = memo(({ points, low, high }: { points: readonly Point[]; low: number; high: number }) => (
  <svg class="spark" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
    <path d={pathOf(points, low, high)} />
  </svg>
));
