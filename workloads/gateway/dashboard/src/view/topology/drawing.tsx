import type { NodeRecord } from "@fogline/contracts";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Device } from "../../live/state.ts";
import { counted } from "../../text/format.ts";
import { healthOf } from "../../text/health.ts";
import { DeviceSquare } from "./device-square.tsx";
import { isArrow, type Layout, neighbour, type Spot } from "./layout.ts";
import { Links } from "./links.tsx";
import { Tip } from "./tip.tsx";

export interface DrawingProps {
  readonly layout: Layout;
  readonly devices: ReadonlyMap<string, Device>;
  readonly chosen: string | null;
  readonly site: string | null;
  /** Whether a search left a device. */
  readonly found: (node: NodeRecord) => boolean;
  readonly choose: (id: string | null) => void;
  readonly visit: (id: string) => void;
  readonly showSite: (site: string) => void;
}

/** Letters that fit below a square of a named layout. */
const nameMax = 13;
const shortName = (id: string): string => (id.length <= nameMax ? id : `${id.slice(0, nameMax - 1)}…`);

/** All devices in one drawing. Its listeners are its own: none is at a device, however many there are. */
export const Drawing = ({ layout, devices, chosen, site, found, choose, visit, showSite }: DrawingProps) => {
  const spots = useMemo(() => layout.bands.flatMap((band) => band.groups.flatMap((group) => group.spots)), [layout]);
  const [at, setAt] = useState<string | null>(null);
  const [focused, setFocused] = useState(false);
  const [hovered, setHovered] = useState<string | null>(null);
  const current = spotOf(spots, at) ?? spotOf(spots, chosen) ?? spots[0];
  const told = spotOf(spots, hovered) ?? (focused ? current : undefined);
  const nodes = new Map([...devices].map(([id, { node }]) => [id, node]));
  useEffect(() => {
    if (focused && at !== null) document.getElementById(`spot-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && chosen !== null) {
      event.stopPropagation();
      choose(null);
    } else if (current === undefined) return;
    else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (chosen === current.id) visit(current.id);
      else choose(current.id);
    } else if (isArrow(event.key) || event.key === "Home" || event.key === "End") {
      event.preventDefault();
      setFocused(true);
      const next = isArrow(event.key) ? neighbour(spots, current, event.key) : event.key === "Home" ? spots[0] : spots.at(-1);
      if (next !== undefined) setAt(next.id);
    }
  };
  const onClick = (event: MouseEvent): void => {
    const group = ofEvent(event, "site");
    const id = ofEvent(event, "id");
    if (group !== null) showSite(group);
    else if (id !== null) setAt(id);
    if (group === null) choose(id === chosen ? null : id);
  };
  return (
    <div
      class="drawing"
      role="listbox"
      // One stop for the keyboard; the arrows move within.
      tabIndex={0}
      aria-label="Devices by tier and site"
      aria-activedescendant={current === undefined ? undefined : `spot-${current.id}`}
      onKeyDown={onKey}
      onClick={onClick}
      // A click brings the focus too, but there the pointer shows where one is.
      onFocus={({ currentTarget }) => setFocused(currentTarget.matches(":focus-visible"))}
      onBlur={() => setFocused(false)}
      onPointerOver={(event) => setHovered(ofEvent(event, "id"))}
      onPointerLeave={() => setHovered(null)}
    >
      <svg role="presentation" width={layout.width} height={layout.height} viewBox={`0 0 ${layout.width} ${layout.height}`}>
        <Borders layout={layout} />
        <Links {...{ layout, nodes, site }} chosen={chosen === null ? undefined : nodes.get(chosen)} />
        <Bands layout={layout} />
        <Squares {...{ layout, nodes, chosen, found }} current={focused ? (current?.id ?? null) : null} />
      </svg>
      {told !== undefined && told.id !== chosen && <Tip spot={told} layout={layout} node={nodes.get(told.id)} />}
    </div>
  );
};

interface SquaresProps extends Pick<DrawingProps, "layout" | "chosen" | "found"> {
  readonly nodes: ReadonlyMap<string, NodeRecord>;
  /** Where the keyboard is. */
  readonly current: string | null;
}

const Squares = ({ layout, nodes, chosen, found, current }: SquaresProps) => (
  <>
    {layout.bands.flatMap(({ tier, groups }) =>
      groups.map((group) => (
        <g key={`${tier} ${group.site}`}>
          <g>
            <text class="site" data-site={group.site} x={group.x} y={group.y + 14}>
              {group.site} <tspan class="count">{group.spots.length}</tspan>
            </text>
          </g>
          {group.spots.map(({ id, x, y }) => {
            const node = nodes.get(id);
            if (node === undefined) return null;
            const { meaning, word } = healthOf(node);
            const powerMode = node.state?.powerMode ?? null;
            return (
              <DeviceSquare
                key={id}
                {...{ id, x, y, powerMode }}
                size={layout.size}
                meaning={found(node) ? meaning : "unknown"}
                label={[id, group.site, tier, word, ...(powerMode === null ? [] : [powerMode])].join(", ")}
                name={layout.named ? shortName(id) : null}
                chosen={id === chosen}
                current={id === current}
              />
            );
          })}
        </g>
      )),
    )}
  </>
);

const spotOf = (spots: readonly Spot[], id: string | null): Spot | undefined => (id === null ? undefined : spots.find((spot) => spot.id === id));

/** What of the drawing an event is about. */
const ofEvent = ({ target }: Event, name: "id" | "site"): string | null =>
  target instanceof Element ? (target.closest(`[data-${name}]`)?.getAttribute(`data-${name}`) ?? null) : null;

const Borders = ({ layout: { bands, width } }: { layout: Layout }) => (
  <g>
    {bands.slice(1).map(({ tier, y }) => (
      <path key={tier} class="border" d={`M0 ${y}H${width}`} />
    ))}
  </g>
);

const Bands = ({ layout: { bands } }: { layout: Layout }) => (
  <g>
    {bands.map(({ tier, y, height, groups }) => (
      <g key={tier}>
        <text class="tier" x={0} y={y + 26}>
          {tier}
        </text>
        {groups.length === 0 && (
          <text class="count" x={120} y={y + Math.min(26, height - 12)}>
            {counted(0, "device")}
          </text>
        )}
      </g>
    ))}
  </g>
);
