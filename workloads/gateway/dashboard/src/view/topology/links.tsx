import type { NodeRecord } from "@fogline/contracts";
import type { Group, Layout, Spot } from "./layout.ts";

interface Point {
  readonly x: number;
  readonly y: number;
}

const middle = ({ x, y }: Spot, size: number): Point => ({ x: x + size / 2, y: y + size / 2 });

/** A line that leaves upwards and arrives from below. */
const curve = (from: Point, to: Point): string => {
  const bend = (from.y - to.y) / 2;
  return `M${from.x} ${from.y}C${from.x} ${from.y - bend} ${to.x} ${to.y + bend} ${to.x} ${to.y}`;
};

const labelMiddle = 9;
const corner = 6;
const gap = 5;

/** From a group's name to the left, up to the cloud and into it: lines of several groups share the way up. */
const bus = ({ x, y }: Group, cloud: Spot, size: number): string => {
  const rail = x - 14;
  const from = y + labelMiddle;
  const to = cloud.y + size / 2;
  return `M${x - gap} ${from}H${rail + corner}Q${rail} ${from} ${rail} ${from - corner}V${to + corner}Q${rail} ${to} ${rail + corner} ${to}H${cloud.x - gap}`;
};

/** Where uplinks end: below the devices in the cloud, or at its name where there are none. */
const cloudOf = ({ bands: [cloud], size }: Layout): Point => {
  const [first] = cloud?.groups ?? [];
  const spot = first?.spots[0];
  return spot === undefined ? { x: 60, y: (cloud?.height ?? 0) - 8 } : { x: spot.x + size / 2, y: spot.y + size + 4 };
};

export interface LinksProps {
  readonly layout: Layout;
  readonly nodes: ReadonlyMap<string, NodeRecord>;
  /** The device that is chosen. */
  readonly chosen: NodeRecord | undefined;
  /** The site that is shown alone. */
  readonly site: string | null;
}

/** The uplink of what is chosen and, for a device, the others of its cluster. */
export const Links = ({ layout, nodes, chosen, site }: LinksProps) => {
  const groups = layout.bands.flatMap((band) => band.groups);
  const cloud = cloudOf(layout);
  if (chosen === undefined) {
    const end = layout.bands[0]?.groups[0]?.spots[0];
    if (site === null || end === undefined) return null;
    return (
      <g class="links">
        {groups.flatMap((group) => (group.tier === "cloud" ? [] : <path key={group.tier} class="uplink" d={bus(group, end, layout.size)} />))}
      </g>
    );
  }
  const spots = groups.flatMap((group) => group.spots);
  const own = spots.find(({ id }) => id === chosen.id);
  if (own === undefined) return null;
  const from = middle(own, layout.size);
  const mates = chosen.cluster === null ? [] : spots.filter(({ id }) => id !== chosen.id && nodes.get(id)?.cluster === chosen.cluster);
  return (
    <g class="links">
      {mates.map((mate) => {
        const to = middle(mate, layout.size);
        return <path key={mate.id} class="mate" d={`M${from.x} ${from.y}L${to.x} ${to.y}`} />;
      })}
      {chosen.tier !== "cloud" && <path class="uplink" d={curve(from, cloud)} />}
    </g>
  );
};
