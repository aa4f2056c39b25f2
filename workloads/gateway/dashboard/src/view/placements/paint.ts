import { type Cell, type CellMoves, type HeatMap, stepOf } from "./heat.ts";

/** What the canvas is painted with; taken from the legend, so that both always agree, in light and dark. */
export interface Paints {
  readonly steps: readonly string[];
  readonly unknown: string;
  readonly mark: string;
  readonly halo: string;
  readonly ring: string;
}

/** The colours of the legend's samples, as they are in the look that is chosen now. */
export const paintsOf = (legend: Element): Paints => {
  const colour = (selector: string, property: "backgroundColor" | "color" | "borderTopColor"): string => {
    const element = legend.querySelector(selector);
    return element === null ? "" : getComputedStyle(element)[property];
  };
  return {
    steps: [...legend.querySelectorAll(".step")].map((element) => getComputedStyle(element).backgroundColor),
    unknown: colour(".not-known", "borderTopColor"),
    mark: colour(".came", "color"),
    halo: colour(".came", "backgroundColor"),
    ring: colour(".ring-colour", "color"),
  };
};

export interface Painting {
  readonly map: HeatMap;
  readonly movesAt: (id: string, hour: number) => CellMoves | undefined;
  readonly paints: Paints;
  /** Width of an hour. */
  readonly hourWidth: number;
  /** The part that is seen. */
  readonly top: number;
  readonly height: number;
  readonly current: Cell | null;
}

const gap = 1;
const markRadius = 3;

/** Paints the rows that are seen; nothing else is touched, however many devices there are. */
export const paint = (context: CanvasRenderingContext2D, { map, movesAt, paints, hourWidth, top, height, current }: Painting): void => {
  const { rows, rowHeight } = map;
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  const first = rows.findIndex(({ y }) => y + rowHeight > top);
  if (first < 0) return;
  for (let index = first; index < rows.length; index++) {
    const row = rows[index];
    if (row === undefined || row.y > top + height) break;
    const y = row.y - top;
    for (const [hour, percent] of row.cpuPercent.entries()) {
      const x = hour * hourWidth;
      if (percent === null) {
        context.fillStyle = paints.unknown;
        context.fillRect(x, y + rowHeight / 2, Math.max(1, hourWidth - gap), 1);
      } else {
        context.fillStyle = paints.steps[stepOf(percent)] ?? "";
        context.fillRect(x, y, Math.max(1, hourWidth - (hourWidth > 4 ? gap : 0)), rowHeight - gap);
      }
    }
  }
  for (let index = first; index < rows.length; index++) {
    const row = rows[index];
    if (row === undefined || row.y > top + height) break;
    for (let hour = 0; hour < map.hoursMs.length; hour++) {
      const moves = movesAt(row.id, hour);
      if (moves !== undefined) mark(context, paints, (hour + 0.5) * hourWidth, row.y - top + (rowHeight - gap) / 2, moves);
    }
  }
  const row = current === null ? undefined : rows[current.row];
  if (current === null || row === undefined) return;
  context.strokeStyle = paints.ring;
  context.lineWidth = 2;
  context.strokeRect(current.hour * hourWidth - 1, row.y - top - 1, Math.max(3, hourWidth + 1), rowHeight + 1);
};

/** A full dot where a task came, a ring where one left. */
const mark = (context: CanvasRenderingContext2D, { mark: ink, halo }: Paints, x: number, y: number, { came }: CellMoves): void => {
  context.beginPath();
  context.arc(x, y, markRadius + 1.5, 0, 2 * Math.PI);
  context.fillStyle = halo;
  context.fill();
  context.beginPath();
  context.arc(x, y, markRadius - (came.length > 0 ? 0 : 0.5), 0, 2 * Math.PI);
  if (came.length > 0) {
    context.fillStyle = ink;
    context.fill();
  } else {
    context.strokeStyle = ink;
    context.lineWidth = 1.5;
    context.stroke();
  }
};
