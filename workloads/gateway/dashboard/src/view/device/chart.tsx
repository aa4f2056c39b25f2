import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Sample } from "../../live/state.ts";

export interface ChartProps {
  readonly title: string;
  readonly unit: string;
  readonly samples: readonly Sample[];
  readonly value: (sample: Sample) => number | null;
  /** What the newest value reads like, without the unit. */
  readonly text: (value: number) => string;
  /** Bounds of the scale; without an upper one it follows the values. */
  readonly low: number;
  readonly high?: number;
  /** Said where no sample has a value. */
  readonly none: string;
}

const height = 132;
/** Nothing heard for so long is a gap in the line. */
const gapMs = 30_000;
const windowMsMin = 5 * 60_000;
const fewPoints = 3;

/** Columns as uPlot wants them: seconds, and values with nothing in the gaps. They begin early enough for the narrowest window. */
const columnsOf = (samples: readonly Sample[], value: ChartProps["value"]): uPlot.AlignedData => {
  const seconds: number[] = [];
  const values: (number | null)[] = [];
  let beforeMs = Number.NEGATIVE_INFINITY;
  const [firstMs = 0, lastMs = 0] = [samples[0]?.atMs, samples.at(-1)?.atMs];
  if (lastMs - firstMs < windowMsMin) {
    seconds.push((lastMs - windowMsMin) / 1_000);
    values.push(null);
  }
  for (const sample of samples) {
    if (sample.atMs - beforeMs > gapMs && seconds.length > 0) {
      seconds.push((beforeMs + sample.atMs) / 2_000);
      values.push(null);
    }
    beforeMs = sample.atMs;
    seconds.push(sample.atMs / 1_000);
    values.push(value(sample));
  }
  return [seconds, values];
};

/** The course of one value, live. The charts of a page share their cursor. */
export const Chart = ({ title, unit, samples, value, text, low, high, none }: ChartProps) => {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const known = samples.flatMap((sample) => value(sample) ?? []);
  const newest = known.at(-1);
  const empty = newest === undefined;
  useEffect(() => {
    const { current } = place;
    if (current === null || empty) return;
    const draw = (): void => {
      chart.current?.destroy();
      chart.current = new uPlot(optionsOf(current, low, high), columnsOf(samples, value), current);
    };
    draw();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const watcher = new ResizeObserver(() => chart.current?.setSize({ width: current.clientWidth, height }));
    dark.addEventListener("change", draw);
    watcher.observe(current);
    return () => {
      dark.removeEventListener("change", draw);
      watcher.disconnect();
      chart.current?.destroy();
      chart.current = null;
    };
  }, [empty]);
  useEffect(() => chart.current?.setData(columnsOf(samples, value)), [samples]);
  return (
    <figure class="chart">
      <figcaption>
        {title} <span class="unit">{unit}</span>
        <span class="newest">{newest === undefined ? "" : text(newest)}</span>
      </figcaption>
      {empty ? <p class="none">{none}</p> : <div class="plot" ref={place} role="img" aria-label={`${title} ${unit}, ${rangeText(known, text)}`} />}
    </figure>
  );
};

const rangeText = (values: readonly number[], text: (value: number) => string): string =>
  `between ${text(Math.min(...values))} and ${text(Math.max(...values))}, now ${text(values.at(-1) ?? 0)}`;

const two = (value: number): string => String(value).padStart(2, "0");

const optionsOf = (element: Element, low: number, high: number | undefined): uPlot.Options => {
  const style = getComputedStyle(element);
  const [ink, line, accent] = [style.color, style.borderTopColor, style.outlineColor];
  const font = `14px ${style.fontFamily}`;
  const grid = { stroke: line, width: 1 };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { sync: { key: "device" }, y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { time: true },
      y: { range: (_, __, to) => [low, high ?? Math.max(low + 1, to * 1.15)] },
    },
    axes: [
      {
        ...{ stroke: ink, font, size: 28, space: 90, grid: { show: false }, ticks: { show: false } },
        values: (_, seconds) =>
          seconds.map((second) => {
            const at = new Date(second * 1_000);
            return `${two(at.getHours())}:${two(at.getMinutes())}`;
          }),
      },
      { stroke: ink, font, size: 44, space: 36, grid, ticks: { show: false } },
    ],
    series: [
      {},
      {
        stroke: accent,
        width: 1.5, // A line of one point is not seen.
        points: { show: (chart) => chart.data[0].length <= fewPoints, size: 5, fill: accent },
      },
    ],
  };
};
