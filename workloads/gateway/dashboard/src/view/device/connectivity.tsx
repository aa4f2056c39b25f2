import type { NodeRecord, NodeStatus } from "@fogline/contracts";
import { useState } from "preact/hooks";
import { useFollowed } from "../../live/followed.ts";
import type { Hub } from "../../live/hub.ts";
import { counted, durationText, exactTime } from "../../text/format.ts";
import { availabilityText, type History, outagesOf, spansOf } from "../../text/outages.ts";
import { Heads } from "../columns.tsx";
import { Fact } from "../fact.tsx";
import { Filter } from "../form.tsx";
import { Reading } from "../read.tsx";
import { hubNow, Time } from "../time.tsx";

const spans = [
  { value: "24", text: "24 h" },
  { value: "168", text: "7 d" },
] as const;
const outagesShown = 8;

/** How the device was connected: a strip of time, its outages, and what it did without the hub. */
export const Connectivity = ({ node, hub }: { node: NodeRecord; hub: Hub }) => {
  const [hours, setHours] = useState<string>(spans[0].value);
  const read = useFollowed<History>(hub, `/api/nodes/${encodeURIComponent(node.id)}/history?hours=${hours}`, {
    // Its history grows with every change of its status.
    follow: (value, { name, data }) => (name === "nodes.changed" && (data as { id: string }).id === node.id ? null : value),
  });
  const offline = node.metrics?.offline;
  return (
    <section aria-labelledby="connectivity">
      <div class="over">
        <h2 id="connectivity">Connectivity</h2>
        <Filter label="How far back" value={hours} change={setHours} choices={[...spans]} />
      </div>
      <Reading read={read} what="how it was connected">
        {(history) => (
          <>
            <Strip history={history} since={spans.find(({ value }) => value === hours)?.text ?? ""} />
            <p>{summaryOf(history)}</p>
            <Outages history={history} />
          </>
        )}
      </Reading>
      {offline !== undefined && (
        <dl class="offline">
          <Fact name="Times without the hub, as the agent counts">{offline.outages}</Fact>
          <Fact name="In all">{durationText(offline.totalMs)}</Fact>
          <Fact name="The longest">{durationText(offline.longestMs)}</Fact>
          <Fact name="The last ended">{offline.lastEndedAtMs === null ? "never" : <Time at={offline.lastEndedAtMs} />}</Fact>
          <Fact name="Tasks finished meanwhile">{offline.tasksFinished}</Fact>
        </dl>
      )}
    </section>
  );
};

const summaryOf = ({ availability, outages, offlineMs, longestOutageMs }: History): string => {
  if (availability === null) return "It was never seen.";
  if (outages === 0) return `Online ${availabilityText(availability)} of the time, without an outage.`;
  const long = outages === 1 ? durationText(offlineMs) : `${durationText(offlineMs)} in all, the longest ${durationText(longestOutageMs)}`;
  return `Online ${availabilityText(availability)} of the time; ${counted(outages, "outage")}: ${long}.`;
};

const stripWidth = 1_000;
const stripHeight = 24;
/** The worse, the higher: not told by colour alone. */
const heights: Readonly<Record<NodeStatus, number>> = { online: 8, suspect: 16, offline: 24, "never-seen": 2 };
/** A short outage must be seen too. */
const widthMin = 2;

const Strip = ({ history, since }: { history: History; since: string }) => {
  const nowMs = hubNow();
  const x = (atMs: number): number => ((atMs - history.sinceMs) / (nowMs - history.sinceMs)) * stripWidth;
  return (
    <>
      <svg class="strip" viewBox={`0 0 ${stripWidth} ${stripHeight}`} preserveAspectRatio="none" role="img" aria-label={summaryOf(history)}>
        {spansOf(history, nowMs).map(({ fromMs, toMs, status }) => (
          <rect
            key={fromMs}
            class={status}
            x={x(fromMs)}
            y={stripHeight - heights[status]}
            width={Math.max(widthMin, x(toMs) - x(fromMs))}
            height={heights[status]}
          />
        ))}
      </svg>
      <p class="ends quiet">
        <span>{since} ago</span> <span>now</span>
      </p>
    </>
  );
};

const Outages = ({ history }: { history: History }) => {
  const outages = outagesOf(history);
  if (outages.length === 0) return null;
  return (
    <table class="outages">
      <Heads columns={["Away since", { title: "For", number: true }, "Why"]} />
      <tbody>
        {outages.slice(0, outagesShown).map(({ fromMs, toMs, reason }) => (
          <tr key={fromMs}>
            <th scope="row">{exactTime(fromMs)}</th>
            <td class="number">{toMs === null ? <Time at={fromMs} as="for" /> : durationText(toMs - fromMs)}</td>
            <td class="reason">{toMs === null ? `${reason} (it lasts)` : reason}</td>
          </tr>
        ))}
      </tbody>
      {outages.length > outagesShown && <caption>{outages.length - outagesShown} older ones are not listed</caption>}
    </table>
  );
};
