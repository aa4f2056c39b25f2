import type { TaskMove } from "@fogline/contracts";
import { clockTime, exactTime } from "../../text/format.ts";
import type { Cell, CellMoves, HeatMap } from "./heat.ts";

interface CellTipProps {
  readonly map: HeatMap;
  readonly cell: Cell;
  readonly movesAt: (id: string, hour: number) => CellMoves | undefined;
  readonly hourWidth: number;
  /** What stands left of the hours may be covered too. */
  readonly namesWidth: number;
  /** Whether the keyboard is here: then it is said aloud too. */
  readonly live: boolean;
}

const hourMs = 3_600_000;
const tipWidth = 336;
/** Of one cell are named at most. */
const movesMax = 4;
const withoutSeconds = (text: string): string => text.slice(0, -3);

/** What a cell is: the device, the hour, the number, and what moved and why. */
export const CellTip = ({ map, cell, movesAt, hourWidth, namesWidth, live }: CellTipProps) => {
  const row = map.rows[cell.row];
  const atMs = map.hoursMs[cell.hour];
  if (row === undefined || atMs === undefined) return null;
  const percent = row.cpuPercent[cell.hour] ?? null;
  const { left = [], came = [] } = movesAt(row.id, cell.hour) ?? {};
  const moves = [...left, ...came];
  const x = Math.max(-namesWidth, Math.min(cell.hour * hourWidth, hourWidth * map.hoursMs.length - tipWidth));
  return (
    <div class="tip" style={{ left: `${x}px`, top: `${row.y + map.rowHeight + 6}px` }} aria-live={live ? "polite" : "off"}>
      <p>
        <strong>{row.id}</strong>{" "}
        <span class="quiet">
          {withoutSeconds(exactTime(atMs))} to {withoutSeconds(clockTime(atMs + hourMs))}
        </span>
      </p>
      <p>{percent === null ? "CPU not known: nothing was heard" : `CPU ${Math.round(percent)} %`}</p>
      {moves.slice(0, movesMax).map((move) => (
        <Move key={`${move.taskId} ${move.atMs}`} move={move} />
      ))}
      {moves.length > movesMax && <p class="quiet">and {moves.length - movesMax} more, in the list below</p>}
    </div>
  );
};

const Move = ({ move: { command, from, to, reason, atMs } }: { move: TaskMove }) => (
  <p>
    {withoutSeconds(clockTime(atMs))} <code>{command}</code> {from === null ? "came to" : `moved from ${from} to`} {to}: {reason}
  </p>
);
