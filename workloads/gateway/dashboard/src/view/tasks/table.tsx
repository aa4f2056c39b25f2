import type { TaskRecord, TaskStatus } from "@fogline/contracts";
import { useState } from "preact/hooks";
import { nothing } from "../../text/format.ts";
import { wordsOfTask } from "../../text/searched.ts";
import { Columns } from "../columns.tsx";
import { Command } from "../command.tsx";
import { Found } from "../found.tsx";
import { Mark, ofTask } from "../mark.tsx";
import { memo } from "../memo.tsx";
import { moveInRows } from "../rows.ts";
import { Time } from "../time.tsx";
import { TaskDetail } from "./detail.tsx";

export interface TasksProps {
  readonly tasks: ReadonlyMap<string, TaskRecord>;
  readonly revision: number;
  readonly find: string;
  readonly open: string | null;
  readonly toggle: (id: string) => void;
  readonly showDevice: (id: string) => void;
}

const shownMax = 100;
const columns = ["Task", "Status", "Device", { title: "Attempt", number: true }, { title: "Age", number: true }, "Why"] as const;

/** What runs stands on top, then what waits, then what has ended. */
const rank: Readonly<Record<TaskStatus, number>> = { running: 0, assigned: 0, queued: 1, succeeded: 2, failed: 2, cancelled: 2, unknown: 2 };
const inOrder = (a: TaskRecord, b: TaskRecord): number => rank[a.status] - rank[b.status] || b.createdAtMs - a.createdAtMs || (a.id < b.id ? 1 : -1);

export const Tasks = memo(({ tasks, find, open, toggle, showDevice }: TasksProps) => {
  const found = [...tasks.values()].filter((task) => find === "" || wordsOfTask(task).includes(find)).sort(inOrder);
  const shown = found.filter(({ id }, index) => index < shownMax || id === open);
  return (
    <section aria-labelledby="tasks">
      <h2 id="tasks">
        Tasks <Found find={find} found={found.length} all={tasks.size} />
      </h2>
      {tasks.size === 0 ? <NoTasks /> : <TaskTable {...{ tasks: shown, open, toggle, showDevice }} />}
      {tasks.size > 0 && found.length === 0 && <p class="empty">No task matches. Escape clears the search.</p>}
      {found.length > shown.length && <p class="quiet">{found.length - shown.length} older ones are found by searching.</p>}
    </section>
  );
});

export const NoTasks = () => (
  <div class="empty">
    <p>No task has run yet. This one asks the device that suits it best what it is:</p>
    <Command text="npx fogline task run -- uname -a" />
  </div>
);

export interface TaskTableProps {
  readonly tasks: readonly TaskRecord[];
  readonly open: string | null;
  readonly toggle: (id: string) => void;
  /** Shows a device on the same page; without it devices are links to theirs. */
  readonly showDevice?: ((id: string) => void) | undefined;
}

/** Tasks in the order given, each of which opens in place. */
export const TaskTable = ({ tasks, open, toggle, showDevice }: TaskTableProps) => {
  const [last, setLast] = useState<string | null>(null);
  const current = tasks.some(({ id }) => id === last) ? last : (tasks[0]?.id ?? null);
  return (
    <table class="tasks" onKeyDown={(event) => moveInRows(event, () => open !== null && toggle(open))}>
      <Columns columns={columns} />
      <tbody>
        {tasks.map((task) => [
          <TaskRow key={task.id} task={task} toggle={toggle} open={open === task.id} current={current === task.id} focused={setLast} />,
          open === task.id && <TaskDetail key={`detail-${task.id}`} task={task} columns={columns.length} showDevice={showDevice} />,
        ])}
      </tbody>
    </table>
  );
};

interface TaskRowProps {
  readonly task: TaskRecord;
  readonly open: boolean;
  readonly current: boolean;
  readonly toggle: (id: string) => void;
  readonly focused: (id: string) => void;
}

const TaskRow = memo(({ task, open, current, toggle, focused }: TaskRowProps) => {
  const { id, spec, status, node, attempt, createdAtMs, reason } = task;
  return (
    <tr class={`row ${open ? "opened" : ""}`} id={`task-${id}`} onClick={() => toggle(id)}>
      <th scope="row">
        <button
          type="button"
          class="open"
          aria-expanded={open}
          aria-controls={open ? `detail-${id}` : undefined}
          aria-label={`${spec.command.join(" ")}, task ${id}`}
          tabIndex={current ? 0 : -1}
          onFocus={() => focused(id)}
        >
          <code title={spec.command.join(" ")}>{spec.command.join(" ")}</code>
        </button>
      </th>
      <td data-label="Status">
        <Mark meaning={ofTask[status]} word={status} />
      </td>
      <td class="cut" data-label="Device" title={node ?? undefined}>
        {node ?? nothing}
      </td>
      <td class="number" data-label="Attempt">
        {attempt}
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
