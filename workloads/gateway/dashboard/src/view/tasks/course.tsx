import type { TaskMove, TaskRecord } from "@fogline/contracts";
import { useFollowed } from "../../live/followed.ts";
import type { Hub } from "../../live/hub.ts";
import { readCourse } from "../../live/tasks.ts";
import { finalStatuses } from "../../text/task.ts";
import { Mark, type Meaning, ofTask } from "../mark.tsx";
import { Time } from "../time.tsx";

interface Step {
  readonly atMs: number;
  readonly meaning: Meaning;
  readonly text: string;
  readonly node: string | null;
}

/** What happened to a task, from its submission to its end. */
const stepsOf = (task: TaskRecord, moves: readonly TaskMove[]): readonly Step[] => [
  { atMs: task.createdAtMs, meaning: "unknown", text: "submitted", node: null },
  ...moves.map(({ atMs, from, to, reason }): Step => {
    const went = from === null ? "was placed on" : `left ${from} for`;
    return { atMs, meaning: from === null ? "busy" : "attention", text: `${went} ${to}: ${reason}`, node: to };
  }),
  ...(finalStatuses.has(task.status) && task.finishedAtMs !== null
    ? [{ atMs: task.finishedAtMs, meaning: ofTask[task.status], text: `${task.status}: ${task.reason}`, node: task.node }]
    : []),
];

/** The course of a task through its attempts. */
export const Course = ({ hub, task }: { hub: Hub; task: TaskRecord }) => {
  const { id, createdAtMs } = task;
  const read = useFollowed<{ moves: TaskMove[] }>(hub, `/api/moves of ${id}`, {
    ask: () => readCourse(id, createdAtMs),
    follow: (known, { name, data }) => {
      if (name !== "tasks.changed") return known;
      const { task: newer } = data as { task: TaskRecord };
      return newer.id === id && newer.attempt !== known.moves.length ? null : known;
    },
  });
  const steps = stepsOf(task, read.value?.moves ?? []);
  return (
    <section aria-labelledby="course">
      <h2 id="course">Course</h2>
      <ol class="events course" aria-labelledby="course">
        {steps.map(({ atMs, meaning, text }) => (
          <li key={`${atMs} ${text}`}>
            <Time at={atMs} />
            <Mark meaning={meaning} word="" />
            <span>{text}</span>
          </li>
        ))}
      </ol>
      {read.refused !== null && <p class="quiet">Its placements are not shown: {read.refused.message}.</p>}
    </section>
  );
};
