import type { TaskRecord } from "@fogline/contracts";
import { nothing } from "../../text/format.ts";
import { Command } from "../command.tsx";
import { Fact } from "../fact.tsx";
import { memo } from "../memo.tsx";
import { Time } from "../time.tsx";
import { Output } from "./output.tsx";
import { Placement } from "./placement.tsx";

export interface TaskDetailProps {
  readonly task: TaskRecord;
  readonly columns: number;
  readonly showDevice?: ((id: string) => void) | undefined;
}

/** Why a task is where it is and what came of it, below its row. */
export const TaskDetail = memo(({ task, columns, showDevice }: TaskDetailProps) => (
  <tr class="detail" id={`detail-${task.id}`}>
    <td colSpan={columns}>
      <p class="reason">{task.reason}</p>
      <dl>
        <Fact name="Task">{task.id}</Fact>
        <Fact name="Device">
          <DeviceName id={task.node} show={showDevice} />
        </Fact>
        <Fact name="Submitted">
          <Time at={task.createdAtMs} />
        </Fact>
        <Fact name="Started">{task.startedAtMs === null ? nothing : <Time at={task.startedAtMs} />}</Fact>
        <Fact name="Ended">{task.finishedAtMs === null ? nothing : <Time at={task.finishedAtMs} />}</Fact>
        <Fact name="Priority">{task.spec.priority}</Fact>
        <Fact name="If its device is lost">{task.spec.duplicates === "allowed" ? "runs again elsewhere" : "never runs twice"}</Fact>
      </dl>
      {task.placement !== null && <Placement placement={task.placement} />}
      {task.result !== null && <Output result={task.result} />}
      <div class="action">
        <a href={`/tasks/${encodeURIComponent(task.id)}`}>Why, its course and how to cancel it</a>
        <Command text={`npx fogline task explain ${task.id}`} />
      </div>
    </td>
  </tr>
));

const DeviceName = ({ id, show }: { id: string | null; show?: ((id: string) => void) | undefined }) => {
  if (id === null) return <>none yet</>;
  if (show === undefined) return <a href={`/devices/${encodeURIComponent(id)}`}>{id}</a>;
  return (
    <button type="button" class="link" onClick={() => show(id)}>
      {id}
    </button>
  );
};
