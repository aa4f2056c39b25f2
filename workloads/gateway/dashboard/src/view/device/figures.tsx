import type { EdgeMetrics, NodeRecord } from "@fogline/contracts";
import type { ComponentChildren } from "preact";
import { durationText } from "../../text/format.ts";
import { Time } from "../time.tsx";

const unknown = <span class="quiet">not known</span>;
const number = (value: number | null | undefined, digits = 0): ComponentChildren => (value == null ? unknown : value.toFixed(digits));

interface FigureRow {
  readonly name: string;
  readonly unit: string;
  readonly value: (metrics: EdgeMetrics) => ComponentChildren;
}

/** What an agent counts of itself, each with what it means where the name does not say it. */
const rows: readonly FigureRow[] = [
  { name: "Agent up", unit: "", value: (of) => durationText(of.agentUptimeMs) },
  { name: "Last word of the hub", unit: "", value: (of) => (of.lastSyncAtMs === null ? unknown : <Time at={of.lastSyncAtMs} />) },
  { name: "Tasks finished, of the last five minutes", unit: "per minute", value: (of) => number(of.tasksPerMinute, 1) },
  { name: "From arrival to decision, mean of the last hundred", unit: "ms", value: (of) => number(of.decisionLatencyMs, 1) },
  { name: "Images and models that were there already", unit: "%", value: (of) => number(of.cacheHitRatio === null ? null : of.cacheHitRatio * 100) },
  { name: "CPU", unit: "%", value: (of) => number(of.cpuPercent) },
  { name: "Memory", unit: "%", value: (of) => number(of.memoryPercent) },
  { name: "Storage", unit: "%", value: (of) => number(of.storagePercent) },
  { name: "Network, of its fastest interface", unit: "%", value: (of) => number(of.networkPercent) },
  { name: "Tasks running", unit: "", value: (of) => number(of.activeTasks) },
  { name: "Tasks waiting on the device", unit: "", value: (of) => number(of.queuedTasks) },
  { name: "Tasks completed", unit: "", value: (of) => number(of.completedTasks) },
  { name: "Tasks failed", unit: "", value: (of) => number(of.failedTasks) },
  { name: "Reports that wait for the hub", unit: "", value: (of) => number(of.pendingReports) },
];

/** What the device counts, as its agent said it last. */
export const Figures = ({ node: { metrics, lastSeenAtMs } }: { node: NodeRecord }) => (
  <section aria-labelledby="figures">
    <h2 id="figures">
      What the agent counts{" "}
      <span class="quiet">
        {metrics !== null && lastSeenAtMs !== null && (
          <>
            said <Time at={lastSeenAtMs} />
          </>
        )}
      </span>
    </h2>
    {metrics === null ? (
      <p class="quiet">Its agent has not said; one that was upgraded does, with its next heartbeat.</p>
    ) : (
      <table class="figures">
        <tbody>
          {rows.map(({ name, unit, value }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{value(metrics)}</td>
              <td class="quiet">{unit}</td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </section>
);
