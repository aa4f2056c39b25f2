import type { NodeRecord } from "@fogline/contracts";

export type Tier = NodeRecord["tier"];

/** The bands, cloud on top. A total table: a new tier does not compile until it has its band. */
const order: Readonly<Record<Tier, number>> = { cloud: 0, "regional-edge": 1, "metro-edge": 2, "access-edge": 3, iot: 4 };
export const tiers = (Object.keys(order) as Tier[]).sort((a, b) => order[a] - order[b]);

/** What is placed: a device by its tier and its site. */
export interface Placed {
  readonly id: string;
  readonly site: string;
  readonly tier: Tier;
}

/** Where a device is drawn: the upper left corner of its square. */
export interface Spot {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

/** The devices of one site within one band. */
export interface Group {
  readonly site: string;
  readonly tier: Tier;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly spots: readonly Spot[];
}

export interface Band {
  readonly tier: Tier;
  readonly y: number;
  readonly height: number;
  readonly groups: readonly Group[];
}

export interface Layout {
  readonly size: number;
  /** Whether there is room for the name of each device below its square. */
  readonly named: boolean;
  readonly width: number;
  readonly height: number;
  readonly bands: readonly Band[];
}

interface Cell {
  readonly size: number;
  readonly width: number;
  readonly height: number;
  readonly named: boolean;
}

/** From roomy to tight; the first with which everything fits is taken. */
const cells: readonly Cell[] = [
  { size: 28, width: 116, height: 62, named: true },
  { size: 22, width: 104, height: 52, named: true },
  ...[22, 20, 18, 16, 14, 12, 11, 10, 9, 8].map((size) => {
    const pitch = size + Math.max(3, Math.round(size / 4));
    return { size, width: pitch, height: pitch, named: false };
  }),
];

/** Left of the bands stand their names; on a narrow screen above them. */
const narrowBelow = 640;
/** Narrow screens scroll and are touched: smaller squares than this are missed. */
const fingerSize = 16;
const nameWidth = 120;
const nameHeight = 26;
const padding = 10;
const bandHeightMin = 44;
const siteLabelHeight = 22;
const siteLabelWidth = (site: string, count: number): number => 8 * (site.length + String(count).length + 1);
const groupGap = { x: 16, y: 10 } as const;
/** How much wider than high a group is made. */
const groupShape = 2.2;

/**
 * Places devices in bands by tier and in groups by site, in the order given, with squares as large as fit into `heightMax`; where none fit the
 * smallest are used and the drawing is higher.
 */
export const layoutOf = (devices: readonly Placed[], width: number, heightMax: number): Layout => {
  const byTier = Map.groupBy(devices, ({ tier }) => tier);
  let layout: Layout | undefined;
  for (const cell of width < narrowBelow ? cells.filter(({ size }) => size >= fingerSize) : cells) {
    layout = layoutWith(cell, byTier, width);
    if (layout.height <= heightMax) return layout;
  }
  return layout ?? { size: 8, named: false, width, height: 0, bands: [] };
};

const layoutWith = (cell: Cell, byTier: ReadonlyMap<Tier, readonly Placed[]>, width: number): Layout => {
  const narrow = width < narrowBelow;
  const left = narrow ? 0 : nameWidth;
  let y = 0;
  const bands = tiers.map((tier): Band => {
    const top = y + padding + (narrow ? nameHeight : 0);
    const { groups, bottom } = flow([...Map.groupBy(byTier.get(tier) ?? [], ({ site }) => site)], tier, cell, { left, top, right: width });
    const height = Math.max(bandHeightMin, bottom + padding - y);
    const band = { tier, y, height, groups };
    y += height;
    return band;
  });
  return { size: cell.size, named: cell.named, width, height: y, bands };
};

/** Groups side by side, in rows. */
const flow = (
  sites: readonly (readonly [string, readonly Placed[]])[],
  tier: Tier,
  cell: Cell,
  { left, top, right }: { readonly left: number; readonly top: number; readonly right: number },
): { groups: Group[]; bottom: number } => {
  let x = left;
  let y = top;
  let rowHeight = 0;
  const groups: Group[] = [];
  for (const [site, members] of sites) {
    const columns = columnsOf(members.length, cell, right - left);
    const rows = Math.ceil(members.length / columns);
    const width = Math.min(right - left, Math.max(columns * cell.width, siteLabelWidth(site, members.length)));
    const height = siteLabelHeight + rows * cell.height;
    if (x > left && x + width > right) {
      x = left;
      y += rowHeight + groupGap.y;
      rowHeight = 0;
    }
    const at = { x, y: y + siteLabelHeight };
    const spots = members.map(({ id }, index) => ({
      id,
      x: at.x + (index % columns) * cell.width,
      y: at.y + Math.floor(index / columns) * cell.height,
    }));
    groups.push({ site, tier, x, y, width, height, spots });
    x += width + groupGap.x;
    rowHeight = Math.max(rowHeight, height);
  }
  return { groups, bottom: y + rowHeight };
};

/** As many rows as make a pleasing shape, each as long as the others. */
const columnsOf = (count: number, cell: Cell, room: number): number => {
  const most = Math.max(1, Math.floor(room / cell.width));
  const rows = cell.named ? 1 : Math.max(1, Math.round(Math.sqrt(count / groupShape)));
  return Math.max(1, Math.min(most, Math.ceil(count / rows)));
};

const arrows = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
} as const;
/** Going sideways counts more than going on: the next square of the row comes before a nearer one of another row. */
const sidewaysWeight = 3;

export type Arrow = keyof typeof arrows;
export const isArrow = (key: string): key is Arrow => key in arrows;

/** The nearest square in the direction of an arrow; undefined at the edge. */
export const neighbour = (spots: readonly Spot[], from: Spot, arrow: Arrow): Spot | undefined => {
  const { x: dx, y: dy } = arrows[arrow];
  let best: Spot | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const spot of spots) {
    const [x, y] = [spot.x - from.x, spot.y - from.y];
    const along = x * dx + y * dy;
    if (along <= 0) continue;
    const distance = along + sidewaysWeight * Math.abs(x * dy - y * dx);
    if (distance < bestDistance) [best, bestDistance] = [spot, distance];
  }
  return best;
};
