import type { TaskMove } from "@fogline/contracts";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { deviceAddress, type Go } from "../../route.ts";
import { type Cell, type HeatMap, movesByCell } from "./heat.ts";
import { HourAxis } from "./hour-axis.tsx";
import { Legend } from "./legend.tsx";
import { type Paints, paint, paintsOf } from "./paint.ts";
import { CellTip } from "./tip.tsx";

export interface HeatMapProps {
  readonly map: HeatMap;
  readonly moves: readonly TaskMove[];
  readonly go: Go;
}

/** Left of the hours stand the names. */
const namesWidth = 132;
const hourWidthMin = 4;
/** Kept free around what is said of a cell; below it is the bar of a phone. */
const edge = 64;
/** Painted beyond the edges of the screen, so that a quick scroll shows no gap. */
const overscan = 200;

/** Devices against hours. Only what is on the screen is painted; the same is in the table below for those who listen. */
export const HeatMapView = ({ map, moves, go }: HeatMapProps) => {
  const legend = useRef<HTMLElement>(null);
  const field = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [cell, setCell] = useState<Cell | null>(null);
  const [focused, setFocused] = useState(false);
  const [width, setWidth] = useState(0);
  const movesAt = useMemo(() => movesByCell(moves, map.hoursMs), [moves, map.hoursMs]);
  const hourWidth = Math.max(hourWidthMin, Math.floor((Math.max(0, width - namesWidth) / map.hoursMs.length) * 10) / 10);
  const paints = usePaints(legend);
  useWidth(field, setWidth);
  usePainting(
    { field, canvas },
    (context, top, height) => {
      if (paints !== null) paint(context, { map, movesAt, paints, hourWidth, top, height, current: cell });
    },
    [map, movesAt, paints, hourWidth, cell],
  );
  useEffect(() => {
    const tip = focused ? canvas.current?.parentElement?.querySelector(".tip")?.getBoundingClientRect() : undefined;
    // Only the page scrolls: the map would cut off its own names.
    if (tip !== undefined) scrollBy(0, Math.max(0, tip.bottom + edge - innerHeight) + Math.min(0, tip.top - 2 * edge));
  }, [cell, focused]);
  const cellAt = (event: PointerEvent): Cell | null => {
    const box = canvas.current?.parentElement?.getBoundingClientRect();
    if (box === undefined) return null;
    const hour = Math.floor((event.clientX - box.left) / hourWidth);
    const y = event.clientY - box.top;
    const row = map.rows.findIndex((one) => y >= one.y && y < one.y + map.rowHeight);
    return row < 0 || hour < 0 || hour >= map.hoursMs.length ? null : { row, hour };
  };
  const onKey = (event: KeyboardEvent): void => {
    const from = cell ?? { row: 0, hour: map.hoursMs.length - 1 };
    const id = map.rows[from.row]?.id;
    if (event.key === "Enter" && id !== undefined) go.to(deviceAddress(id));
    const step = arrows[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = { row: limit(from.row + step.row, map.rows.length), hour: limit(from.hour + step.hour, map.hoursMs.length) };
    setCell(next);
  };
  return (
    <>
      <Legend legend={legend} />
      <div class="heat" ref={field}>
        <HourAxis hoursMs={map.hoursMs} hourWidth={hourWidth} left={namesWidth} />
        <div class="heat-body" style={{ height: `${map.height}px`, width: `${namesWidth + hourWidth * map.hoursMs.length}px` }}>
          <Names map={map} />
          <div
            class="cells"
            role="application"
            aria-label="Heat map: arrows move, Enter opens the device"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrows move within, so the keyboard must come here
            tabIndex={0}
            style={{ left: `${namesWidth}px` }}
            onKeyDown={onKey}
            onFocus={() => {
              setFocused(true);
              setCell((before) => before ?? { row: 0, hour: map.hoursMs.length - 1 });
            }}
            onBlur={() => {
              setFocused(false);
              setCell(null);
            }}
            onPointerMove={(event) => setCell((before) => same(before, cellAt(event)))}
            onPointerLeave={() => focused || setCell(null)}
            onClick={() => {
              const id = cell === null ? undefined : map.rows[cell.row]?.id;
              if (id !== undefined) go.to(deviceAddress(id));
            }}
          >
            <canvas ref={canvas} />
            {cell !== null && <CellTip {...{ map, cell, movesAt, hourWidth, namesWidth }} live={focused} />}
          </div>
        </div>
      </div>
    </>
  );
};

const arrows: Readonly<Record<string, Cell>> = {
  ArrowUp: { row: -1, hour: 0 },
  ArrowDown: { row: 1, hour: 0 },
  ArrowLeft: { row: 0, hour: -1 },
  ArrowRight: { row: 0, hour: 1 },
};
const limit = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));
/** The old object when nothing changed, so that nothing is drawn. */
const same = (before: Cell | null, after: Cell | null): Cell | null => (before?.row === after?.row && before?.hour === after?.hour ? before : after);

const Names = ({ map }: { map: HeatMap }) => (
  <div aria-hidden="true">
    {map.sites.map(({ site, y, rows }) => (
      <div key={site} class="site-name" style={{ top: `${y}px` }}>
        {site} <span class="quiet">{rows.length}</span>
      </div>
    ))}
    {map.named &&
      map.rows.map(({ id, y }) => (
        <a key={id} class="row-name" tabIndex={-1} href={deviceAddress(id)} style={{ top: `${y}px` }}>
          {id}
        </a>
      ))}
  </div>
);

const usePaints = (legend: { readonly current: Element | null }): Paints | null => {
  const [paints, setPaints] = useState<Paints | null>(null);
  useEffect(() => {
    const read = (): void => {
      if (legend.current !== null) setPaints(paintsOf(legend.current));
    };
    read();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", read);
    return () => dark.removeEventListener("change", read);
  }, []);
  return paints;
};

const useWidth = (element: { readonly current: Element | null }, tell: (width: number) => void): void => {
  useEffect(() => {
    if (element.current === null) return;
    const watcher = new ResizeObserver(([entry]) => entry !== undefined && tell(Math.floor(entry.contentRect.width)));
    watcher.observe(element.current);
    return () => watcher.disconnect();
  }, []);
};

interface Canvas {
  readonly field: { readonly current: HTMLElement | null };
  readonly canvas: { readonly current: HTMLCanvasElement | null };
}

/** Keeps the canvas where the screen is and paints it again when what it shows or where it is changed. */
const usePainting = (
  { canvas }: Canvas,
  draw: (context: CanvasRenderingContext2D, top: number, height: number) => void,
  reasons: readonly unknown[],
): void => {
  useEffect(() => {
    const { current } = canvas;
    const body = current?.parentElement ?? null;
    if (current === null || body === null) return;
    let frame = 0;
    const redraw = (): void => {
      frame = 0;
      const box = body.getBoundingClientRect();
      const top = Math.max(0, Math.min(box.height, -box.top - overscan));
      const height = Math.max(0, Math.min(box.height - top, innerHeight + 2 * overscan));
      const ratio = devicePixelRatio;
      const [pixelsWide, pixelsHigh] = [Math.ceil(box.width * ratio), Math.ceil(height * ratio)];
      // Setting a size clears the canvas and costs memory: only when it is another.
      if (current.width !== pixelsWide || current.height !== pixelsHigh) [current.width, current.height] = [pixelsWide, pixelsHigh];
      current.style.width = `${box.width}px`;
      current.style.height = `${height}px`;
      current.style.transform = `translateY(${top}px)`;
      const context = current.getContext("2d");
      if (context === null) return;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      draw(context, top, height);
    };
    const soon = (): void => {
      frame ||= requestAnimationFrame(redraw);
    };
    redraw();
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("scroll", soon);
      removeEventListener("resize", soon);
    };
  }, reasons);
};
