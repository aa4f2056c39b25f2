import type { TaskMove } from "@fogline/contracts";
import { byName } from "../../text/format.ts";

export interface Utilisation {
  readonly hoursMs: readonly number[];
  readonly nodes: readonly { readonly id: string; readonly site: string; readonly cpuPercent: readonly (number | null)[] }[];
}

/** One device in the heat map. */
export interface Row {
  readonly id: string;
  readonly y: number;
  readonly cpuPercent: readonly (number | null)[];
}

export interface SiteRows {
  readonly site: string;
  /** Where its name stands; the rows follow. */
  readonly y: number;
  readonly rows: readonly Row[];
}

export interface HeatMap {
  readonly hoursMs: readonly number[];
  readonly sites: readonly SiteRows[];
  readonly rows: readonly Row[];
  readonly rowHeight: number;
  /** Whether each row is high enough for the name of its device. */
  readonly named: boolean;
  readonly height: number;
}

/** A step of the scale: from this share on. Six, because an eye tells no more apart. */
export const steps = [0, 10, 25, 50, 75, 90] as const;
export const stepOf = (percent: number): number => steps.findLastIndex((from) => percent >= from);

const hourMs = 3_600_000;
const namedMax = 150;
const rowHeights = { named: 20, plain: 8 } as const;
const siteHeight = 30;

/** Devices by site, in the order in which people count. */
export const heatMapOf = ({ hoursMs, nodes }: Utilisation): HeatMap => {
  const named = nodes.length <= namedMax;
  const rowHeight = named ? rowHeights.named : rowHeights.plain;
  const bySite = [...Map.groupBy(nodes, ({ site }) => site)].sort(([a], [b]) => byName(a, b));
  let y = 0;
  const sites = bySite.map(([site, members]): SiteRows => {
    const top = y;
    y += siteHeight;
    const rows = [...members]
      .sort((a, b) => byName(a.id, b.id))
      .map(({ id, cpuPercent }) => {
        const row = { id, cpuPercent, y };
        y += rowHeight;
        return row;
      });
    return { site, y: top, rows };
  });
  return { hoursMs, sites, rows: sites.flatMap(({ rows }) => rows), rowHeight, named, height: y };
};

/** A cell: which row, which hour. */
export interface Cell {
  readonly row: number;
  readonly hour: number;
}

/** The moves of an hour, by device: `left` and `came`. */
export interface CellMoves {
  readonly left: readonly TaskMove[];
  readonly came: readonly TaskMove[];
}

const keyOf = (id: string, hour: number): string => `${hour} ${id}`;

/** Where in the heat map tasks left and arrived. */
export const movesByCell = (moves: readonly TaskMove[], hoursMs: readonly number[]): ((id: string, hour: number) => CellMoves | undefined) => {
  const [first = 0] = hoursMs;
  const cells = new Map<string, { left: TaskMove[]; came: TaskMove[] }>();
  const at = (id: string, hour: number): { left: TaskMove[]; came: TaskMove[] } => {
    const key = keyOf(id, hour);
    const cell = cells.get(key) ?? { left: [], came: [] };
    cells.set(key, cell);
    return cell;
  };
  for (const move of moves) {
    const hour = Math.floor((move.atMs - first) / hourMs);
    if (hour < 0 || hour >= hoursMs.length) continue;
    if (move.from !== null) at(move.from, hour).left.push(move);
    at(move.to, hour).came.push(move);
  }
  return (id, hour) => cells.get(keyOf(id, hour));
};

const mean = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
};

/** How much was used where, in a sentence: "9 devices used 24 % of their CPU in the last 24 h, jetson-1 most (61 %); 3 tasks moved". */
export const placementsAnswer = ({ nodes }: Utilisation, moves: number, span: string): string => {
  if (nodes.length === 0) return "No devices yet";
  const means = nodes.flatMap(({ id, cpuPercent }) => {
    const percent = mean(cpuPercent);
    return percent === null ? [] : { id, percent };
  });
  const all = mean(means.map(({ percent }) => percent));
  if (all === null) return `Nothing was heard of ${nodes.length} devices in the last ${span}`;
  const most = means.reduce((a, b) => (b.percent > a.percent ? b : a));
  const moved = moves === 0 ? "no task moved" : `tasks moved ${moves === 1 ? "once" : `${moves} times`}`;
  const count = `${means.length} ${means.length === 1 ? "device" : "devices"}`;
  return `${count} used ${Math.round(all)} % of their CPU in the last ${span}, ${most.id} most (${Math.round(most.percent)} %); ${moved}`;
};
