import type { TaskMove } from "@fogline/contracts";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { deviceAddress, type Go } from "../../route.ts";
import { usePainting } from "./canvas.ts";
import { type Cell, type HeatMap, movesByCell } from "./heat.ts";
import { type Paints, paint } from "./paint.ts";
import { CellTip } from "./tip.tsx";

export interface CellsProps {
  readonly map: HeatMap;
  readonly moves: readonly TaskMove[];
  readonly paints: Paints | null;
  readonly hourWidth: number;
  readonly namesWidth: number;
  readonly go: Go;
}

/** Kept free around what is said of a cell; below it is the bar of a phone. */
const edge = 64;

/** The cells, of which only those on the screen are painted. A pointer or the arrows choose one; a click, a second tap or Enter opens its device. */
export const Cells = ({ map, moves, paints, hourWidth, namesWidth, go }: CellsProps) => {
  const field = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const opens = useRef(false);
  const [cell, setCell] = useState<Cell | null>(null);
  const [focused, setFocused] = useState(false);
  const movesAt = useMemo(() => movesByCell(moves, map.hoursMs), [moves, map.hoursMs]);
  const draw = (context: CanvasRenderingContext2D, top: number, height: number): void => {
    if (paints !== null) paint(context, { map, movesAt, paints, hourWidth, top, height, current: cell });
  };
  usePainting(canvas, draw, [map, movesAt, paints, hourWidth, cell]);
  useInSight(field, focused ? cell : null);
  const visit = (): void => {
    const id = cell === null ? undefined : map.rows[cell.row]?.id;
    if (id !== undefined) go.to(deviceAddress(id));
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = arrows[event.key];
    if (event.key === "Enter") visit();
    if (step === undefined) return;
    event.preventDefault();
    const from = cell ?? { row: 0, hour: map.hoursMs.length - 1 };
    setFocused(true);
    setCell({ row: within(from.row + step.row, map.rows.length), hour: within(from.hour + step.hour, map.hoursMs.length) });
  };
  const leave = (): void => {
    setFocused(false);
    setCell(null);
  };
  return (
    <div
      class="cells"
      role="application"
      aria-label="Heat map: arrows move, Enter opens the device"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrows move within, so the keyboard must come here
      tabIndex={0}
      ref={field}
      style={{ left: `${namesWidth}px` }}
      onKeyDown={onKey}
      onFocus={({ currentTarget }) => {
        if (!currentTarget.matches(":focus-visible")) return;
        setFocused(true);
        setCell((before) => before ?? { row: 0, hour: map.hoursMs.length - 1 });
      }}
      onBlur={leave}
      onPointerDown={(event) => {
        const at = cellAt(event, map, hourWidth);
        // A finger has no hover: its first tap says what is there.
        opens.current = event.pointerType === "mouse" || (cell !== null && kept(cell, at) === cell);
        setCell(at);
      }}
      onPointerMove={(event) => setCell((before) => kept(before, cellAt(event, map, hourWidth)))}
      onPointerLeave={({ pointerType }) => pointerType === "mouse" && !focused && setCell(null)}
      onClick={() => opens.current && visit()}
    >
      <canvas ref={canvas} />
      {cell !== null && <CellTip {...{ map, cell, movesAt, hourWidth, namesWidth }} live={focused} />}
    </div>
  );
};

const arrows: Readonly<Record<string, Cell>> = {
  ArrowUp: { row: -1, hour: 0 },
  ArrowDown: { row: 1, hour: 0 },
  ArrowLeft: { row: 0, hour: -1 },
  ArrowRight: { row: 0, hour: 1 },
};
const within = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));
/** The old object when nothing changed, so that nothing is drawn. */
const kept = (before: Cell | null, after: Cell | null): Cell | null => (before?.row === after?.row && before?.hour === after?.hour ? before : after);

const cellAt = (event: PointerEvent, map: HeatMap, hourWidth: number): Cell | null => {
  if (!(event.currentTarget instanceof HTMLElement)) return null;
  const { left, top } = event.currentTarget.getBoundingClientRect();
  const hour = Math.floor((event.clientX - left) / hourWidth);
  const y = event.clientY - top;
  const row = map.rows.findIndex((one) => y >= one.y && y < one.y + map.rowHeight);
  return row < 0 || hour < 0 || hour >= map.hoursMs.length ? null : { row, hour };
};

/** Scrolls so that what is said of the cell is seen. Only the page scrolls: the map would cut off its own names. */
const useInSight = (field: { readonly current: HTMLElement | null }, cell: Cell | null): void => {
  useEffect(() => {
    const tip = cell === null ? undefined : field.current?.querySelector(".tip")?.getBoundingClientRect();
    if (tip !== undefined) scrollBy(0, Math.max(0, tip.bottom + edge - innerHeight) + Math.min(0, tip.top - 2 * edge));
  }, [cell]);
};
