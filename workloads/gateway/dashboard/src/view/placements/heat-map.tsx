import type { TaskMove } from "@fogline/contracts";
import { useRef, useState } from "preact/hooks";
import { deviceAddress, type Go } from "../../route.ts";
import { usePaints, useWidth } from "./canvas.ts";
import { Cells } from "./cells.tsx";
import type { HeatMap } from "./heat.ts";
import { HourAxis } from "./hour-axis.tsx";
import { Legend } from "./legend.tsx";

export interface HeatMapProps {
  readonly map: HeatMap;
  readonly moves: readonly TaskMove[];
  readonly go: Go;
}

/** Left of the hours stand the names. */
const namesWidth = 132;
const hourWidthMin = 4;

/** Devices against hours; the same is in the table below for those who listen. */
export const HeatMapView = ({ map, moves, go }: HeatMapProps) => {
  const legend = useRef<HTMLElement>(null);
  const field = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const hours = map.hoursMs.length;
  const hourWidth = Math.max(hourWidthMin, Math.floor((Math.max(0, width - namesWidth) / hours) * 10) / 10);
  const paints = usePaints(legend);
  useWidth(field, setWidth);
  return (
    <>
      <Legend legend={legend} />
      <div class="heat" ref={field}>
        <HourAxis hoursMs={map.hoursMs} hourWidth={hourWidth} left={namesWidth} />
        <div class="heat-body" style={{ height: `${map.height}px`, width: `${namesWidth + hourWidth * hours}px` }}>
          <Names map={map} />
          <Cells {...{ map, moves, paints, hourWidth, namesWidth, go }} />
        </div>
      </div>
    </>
  );
};

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
