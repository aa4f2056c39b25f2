import { useEffect, useMemo } from "preact/hooks";
import { useFollowed } from "../../live/followed.ts";
import { type Placements, readPlacements } from "../../live/placements.ts";
import type { PageProps } from "../../route.ts";
import { Answer } from "../answer.tsx";
import { Filter } from "../form.tsx";
import { NoDevices } from "../no-devices.tsx";
import { Reading } from "../read.tsx";
import { heatMapOf, placementsAnswer } from "./heat.ts";
import { HeatMapView } from "./heat-map.tsx";
import { Moves, Numbers } from "./tables.tsx";
import "../../style/placements.css";

const spans = [
  { value: "24", text: "24 h" },
  { value: "168", text: "7 d" },
] as const;
/** Use is counted by hour and in minutes it changes little. */
const refreshMs = 60_000;

/** How much each device was used by hour, and which tasks moved why. */
export const Page = ({ store, hub, open, find, go }: PageProps) => {
  const { value: hours, text: span } = spans.find(({ text }) => text.replace(" ", "") === open.span) ?? spans[0];
  const read = useFollowed<Placements>(hub, hours, { ask: readPlacements });
  useEffect(() => {
    const timer = setInterval(() => document.hidden || read.again(), refreshMs);
    return () => clearInterval(timer);
  }, []);
  const shown = useMemo(() => {
    if (read.value === null) return null;
    const { hoursMs, nodes, moves } = read.value;
    const found = (text: string): boolean => find === "" || text.toLowerCase().includes(find);
    return {
      use: { hoursMs, nodes: nodes.filter(({ id, site }) => found(`${id} ${site}`)) },
      moves: moves.filter(({ from, to, command, taskId, reason }) => found(`${from} ${to} ${command} ${taskId} ${reason}`)),
    };
  }, [read.value, find]);
  const map = useMemo(() => (shown === null ? null : heatMapOf(shown.use)), [shown]);
  return (
    <>
      <Answer
        store={store}
        sentence={() =>
          read.value === null
            ? `How much of its CPU the fleet used in the last ${span}, and which tasks moved`
            : placementsAnswer(read.value, read.value.moves.length, span)
        }
      />
      <section aria-labelledby="use">
        <div class="over">
          <h2 id="use">Use by hour</h2>
          <Filter label="How far back" value={hours} change={(value) => go.open("span", value === "24" ? null : "7d")} choices={[...spans]} />
        </div>
        <Reading read={read} what="how the fleet was used">
          {({ nodes }) =>
            nodes.length === 0 ? (
              <NoDevices />
            ) : shown === null || map === null ? null : map.rows.length === 0 ? (
              <p class="empty">No device matches. Escape clears the search.</p>
            ) : (
              <>
                <HeatMapView map={map} moves={shown.moves} go={go} />
                <Numbers map={map} />
              </>
            )
          }
        </Reading>
      </section>
      {shown !== null && <Moves moves={shown.moves} span={span} />}
    </>
  );
};
