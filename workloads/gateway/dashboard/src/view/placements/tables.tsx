import type { TaskMove } from "@fogline/contracts";
import { useState } from "preact/hooks";
import { deviceAddress, taskAddress } from "../../route.ts";
import { clockTime, nothing } from "../../text/format.ts";
import { Heads } from "../columns.tsx";
import { ChoiceField } from "../form.tsx";
import { Time } from "../time.tsx";
import type { HeatMap } from "./heat.ts";

/** Shown at first. */
const movesShown = 25;

/** Every move with its reason, newest first. */
export const Moves = ({ moves, span }: { moves: readonly TaskMove[]; span: string }) => {
  const [all, setAll] = useState(false);
  const shown = all ? moves : moves.slice(0, movesShown);
  return (
    <section aria-labelledby="moves">
      <h2 id="moves">
        Moves <span class="quiet">{moves.length === 0 ? "" : moves.length}</span>
      </h2>
      {moves.length === 0 ? (
        <p class="quiet">No task left its device in the last {span}. Tasks move when their device is hot, short of battery, draining or lost.</p>
      ) : (
        <table class="moves">
          <Heads columns={["When", "Task", "From", "To", "Why"]} />
          <tbody>
            {shown.map(({ atMs, taskId, command, from, to, reason }) => (
              <tr key={`${taskId} ${atMs}`}>
                <td>
                  <Time at={atMs} />
                </td>
                <th scope="row">
                  <a href={taskAddress(taskId)}>
                    <code>{command}</code>
                  </a>
                </th>
                <td>{from === null ? nothing : <a href={deviceAddress(from)}>{from}</a>}</td>
                <td>
                  <a href={deviceAddress(to)}>{to}</a>
                </td>
                <td class="reason">{reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {shown.length < moves.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {moves.length}
        </button>
      )}
    </section>
  );
};

/** The numbers of the heat map, a site at a time. Made only while it is open. */
export const Numbers = ({ map }: { map: HeatMap }) => {
  const [open, setOpen] = useState(false);
  const [site, setSite] = useState<string | null>(null);
  const shown = map.sites.find((one) => one.site === site) ?? map.sites[0];
  return (
    <details class="numbers" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The same as a table</summary>
      {open && shown !== undefined && (
        <>
          <ChoiceField label="Site" value={shown.site} change={setSite} choices={map.sites.map((one) => ({ value: one.site, text: one.site }))} />
          <section
            class="sideways"
            aria-label={`CPU % of ${shown.site} by hour`}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways
            tabIndex={0}
          >
            <table>
              <thead>
                <tr>
                  <th scope="col">Device</th>
                  {map.hoursMs.map((atMs) => (
                    <th key={atMs} scope="col" class="number">
                      {clockTime(atMs).slice(0, -3)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {shown.rows.map(({ id, cpuPercent }) => (
                  <tr key={id}>
                    <th scope="row">
                      <a href={deviceAddress(id)}>{id}</a>
                    </th>
                    {cpuPercent.map((percent, hour) => (
                      <td key={map.hoursMs[hour]} class="number">
                        {percent === null ? nothing : Math.round(percent)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </>
      )}
    </details>
  );
};
