import type { DeploymentRecord } from "@fogline/contracts";
import { nodesOf, runningOf } from "../../text/deployment.ts";
import { nothing } from "../../text/format.ts";
import { Mark, type Meaning } from "../mark.tsx";
import { memo } from "../memo.tsx";
import { Time } from "../time.tsx";

export const columns = ["Deployment", "Status", { title: "Running", number: true }, "Devices", { title: "Age", number: true }, "Why"] as const;

const meanings: Readonly<Record<DeploymentRecord["status"], Meaning>> = {
  progressing: "busy",
  running: "good",
  degraded: "attention",
  stopped: "unknown",
};
export const StatusMark = ({ status }: Pick<DeploymentRecord, "status">) => <Mark meaning={meanings[status]} word={status} />;

interface DeploymentRowProps {
  readonly deployment: DeploymentRecord;
  readonly open: boolean;
  readonly current: boolean;
  readonly toggle: (id: string) => void;
  readonly focused: (id: string) => void;
}

export const DeploymentRow = memo(({ deployment, open, current, toggle, focused }: DeploymentRowProps) => {
  const { id, spec, status, reason, replicas, createdAtMs } = deployment;
  const nodes = nodesOf(deployment).join(", ");
  return (
    <tr class={`row ${open ? "opened" : ""} ${status === "stopped" ? "stale" : ""}`} id={`deployment-${id}`} onClick={() => toggle(id)}>
      <th scope="row">
        <button
          type="button"
          class="open"
          aria-expanded={open}
          aria-controls={open ? `detail-${id}` : undefined}
          tabIndex={current ? 0 : -1}
          onFocus={() => focused(id)}
        >
          {spec.name}
        </button>
      </th>
      <td data-label="Status">
        <StatusMark status={status} />
      </td>
      <td class="number" data-label="Running">
        {runningOf(deployment)}
        <span class="of"> / {replicas.length}</span>
      </td>
      <td class="cut" data-label="Devices" title={nodes}>
        {nodes === "" ? nothing : nodes}
      </td>
      <td class="number" data-label="Age">
        <Time at={createdAtMs} as="for" />
      </td>
      <td class="why" data-label="Why" title={reason}>
        <span>{reason}</span>
      </td>
    </tr>
  );
});
