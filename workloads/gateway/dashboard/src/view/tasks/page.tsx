import type { TaskRecord, TaskStatus } from "@fogline/contracts";
import { useCallback } from "preact/hooks";
import { useFollowed } from "../../live/followed.ts";
import { afterTaskEvent, readTasks, type TaskFilter, type TaskPage, tasksAddress } from "../../live/tasks.ts";
import type { Go, PageProps } from "../../route.ts";
import { byName } from "../../text/format.ts";
import { wordsOfTask } from "../../text/searched.ts";
import { statuses, tasksAnswer } from "../../text/task.ts";
import { refusalOf } from "../action.tsx";
import { Answer } from "../answer.tsx";
import { ChoiceField } from "../form.tsx";
import { Found } from "../found.tsx";
import { memo } from "../memo.tsx";
import { Older } from "../older.tsx";
import { Reading } from "../read.tsx";
import { Submit } from "./submit.tsx";
import { NoTasks, TaskTable } from "./table.tsx";
import "../../style/list.css";
import "../../style/tasks.css";

/** Every task, what it waits for or what came of it, and a form for one more. */
export const Page = ({ store, hub, open, find, go }: PageProps) => {
  const { state } = store;
  const filter = filterOf(open);
  const read = useFollowed<TaskPage>(hub, tasksAddress(filter), { ask: readTasks, follow: (page, change) => afterTaskEvent(page, filter, change) });
  const submitting = open.submit !== undefined;
  const all = read.value?.tasks ?? [];
  const found = all.filter((task) => find === "" || wordsOfTask(task).includes(find));
  return (
    <>
      <Answer store={store} sentence={() => tasksAnswer([...state.tasks.values()])} />
      <section aria-labelledby="tasks">
        <div class="over">
          <h2 id="tasks">Tasks {find !== "" && <Found find={find} found={found.length} all={all.length} />}</h2>
          <Filters filter={filter} devices={[...state.devices.keys()]} go={go} />
          <button
            type="button"
            class={submitting ? "" : "primary"}
            aria-expanded={submitting}
            onClick={() => go.open("submit", submitting ? null : "task")}
          >
            {submitting ? "Close the form" : "Submit a task"}
          </button>
        </div>
        {submitting && <Submit devices={state.devices} refusal={refusalOf(state, "user")} close={() => go.open("submit", null)} />}
        <Reading read={read} what="the tasks">
          {({ tasks, next }) => (
            <>
              {tasks.length === 0 ? <Nothing filter={filter} go={go} /> : <Listed tasks={tasks} find={find} open={open.task ?? null} go={go} />}
              <Older first={filter.after === null} next={next} to={(after) => go.open("after", after)} />
            </>
          )}
        </Reading>
      </section>
    </>
  );
};

const filterOf = ({ status, device, after }: PageProps["open"]): TaskFilter => ({
  status: statuses.find((one): one is TaskStatus => one === status) ?? null,
  node: device ?? null,
  after: after ?? null,
});

const narrow = (go: Go, kind: "status" | "device", value: string | null): void => {
  go.open("after", null);
  go.open(kind, value === "" ? null : value);
};

const Filters = ({ filter, devices, go }: { filter: TaskFilter; devices: readonly string[]; go: Go }) => {
  // A device that left the fleet may still have tasks.
  const names = [...new Set([...devices, ...(filter.node === null ? [] : [filter.node])])].sort(byName);
  return (
    <div class="filters">
      <ChoiceField
        label="Status"
        value={filter.status ?? ""}
        change={(status) => narrow(go, "status", status)}
        choices={[{ value: "", text: "all" }, ...statuses.map((status) => ({ value: status, text: status }))]}
      />
      <ChoiceField
        label="Device"
        value={filter.node ?? ""}
        change={(device) => narrow(go, "device", device)}
        choices={[{ value: "", text: "all" }, ...names.map((name) => ({ value: name, text: name }))]}
      />
    </div>
  );
};

interface ListedProps {
  readonly tasks: readonly TaskRecord[];
  readonly find: string;
  readonly open: string | null;
  readonly go: Go;
}

/** Newest first: a task keeps its place whatever becomes of it. */
const Listed = memo(({ tasks, find, open, go }: ListedProps) => {
  const shown = tasks.filter((task) => find === "" || task.id === open || wordsOfTask(task).includes(find));
  const toggle = useCallback((id: string) => go.open("task", open === id ? null : id), [go, open]);
  if (shown.length === 0) return <p class="empty">No task on this page matches. Escape clears the search.</p>;
  return <TaskTable tasks={shown} open={open} toggle={toggle} />;
});

const Nothing = ({ filter: { status, node, after }, go }: { filter: TaskFilter; go: Go }) => {
  if (status === null && node === null && after === null) return <NoTasks />;
  const clear = (): void => {
    narrow(go, "status", null);
    go.open("device", null);
  };
  return (
    <div class="empty">
      <p>{["No task", ...(node === null ? [] : ["on", node]), ...(status === null ? ["is here"] : ["is", status])].join(" ")}.</p>
      <button type="button" onClick={clear}>
        Show all tasks
      </button>
    </div>
  );
};
