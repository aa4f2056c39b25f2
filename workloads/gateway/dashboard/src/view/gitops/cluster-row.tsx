import type { ClusterStatus } from "@fogline/contracts";
import { nothing, shortRevision } from "../../text/format.ts";
import { Mark, type Meaning } from "../mark.tsx";
import { memo } from "../memo.tsx";
import { Time } from "../time.tsx";

export const columns = [
  "Cluster",
  "State",
  "Wanted",
  "Runs",
  { title: "Reconciled", number: true },
  { title: "Drift", number: true },
  "Why",
] as const;

const meanings: Readonly<Record<ClusterStatus["state"], Meaning>> = { current: "good", behind: "busy", refused: "bad", unknown: "unknown" };

interface ClusterRowProps {
  readonly status: ClusterStatus;
  readonly open: boolean;
  readonly current: boolean;
  readonly toggle: (cluster: string) => void;
  readonly focused: (cluster: string) => void;
}

export const ClusterRow = memo(({ status, open, current, toggle, focused }: ClusterRowProps) => {
  const { cluster, state, wantedRevision, appliedRevision, lastReconciledAtMs, drift, reason } = status;
  return (
    <tr class={`row ${open ? "opened" : ""}`} id={`cluster-${cluster}`} onClick={() => toggle(cluster)}>
      <th scope="row">
        <button
          type="button"
          class="open"
          aria-expanded={open}
          aria-controls={open ? `detail-${cluster}` : undefined}
          tabIndex={current ? 0 : -1}
          onFocus={() => focused(cluster)}
        >
          {cluster}
        </button>
      </th>
      <td data-label="Status">
        <Mark meaning={meanings[state]} word={state} />
      </td>
      <td data-label="Wanted">
        <code title={wantedRevision ?? ""}>{shortRevision(wantedRevision)}</code>
      </td>
      <td data-label="Runs">
        <code title={appliedRevision ?? ""}>{shortRevision(appliedRevision)}</code>
      </td>
      <td class="number" data-label="Reconciled">
        {lastReconciledAtMs === null ? "never" : <Time at={lastReconciledAtMs} />}
      </td>
      <td class={`number ${drift.length > 0 ? "attention" : ""}`} data-label="Drift">
        {drift.length === 0 ? lastReconciledAtMs === null ? nothing : "none" : <Mark meaning="attention" word={String(drift.length)} />}
      </td>
      <td class="why" data-label="Why" title={reason}>
        <span>{reason}</span>
      </td>
    </tr>
  );
});
