import type { TaskRecord } from "@fogline/contracts";
import { useCallback, useEffect, useMemo, useRef } from "preact/hooks";
import type { PageProps } from "../../route.ts";
import { answerOf } from "../../text/answer.ts";
import { refusalOf } from "../action.tsx";
import { Answer } from "../answer.tsx";
import { Events } from "../events.tsx";
import { Tasks } from "../tasks/table.tsx";
import { Devices } from "./devices.tsx";
import { Revision } from "./revision.tsx";

/** How the fleet is: the devices, what runs on them, what happened. */
export const Page = ({ store, hub, open, find, go }: PageProps) => {
  const { state } = store;
  const { device = null, task = null } = open;
  useReveal(task !== null ? `task-${task}` : `device-${device}`);
  const runningOn = useMemo(() => executionsByDevice(state.tasks), [state.revisions.tasks]);
  const opened = useRef(open);
  opened.current = open;
  const toggle = (kind: string) => (id: string) => go.open(kind, opened.current[kind] === id ? null : id);
  const show = (kind: string) => (id: string) =>
    reveal(`${kind}-${id}`, () => {
      go.find("");
      go.open(kind, id);
    });
  const toggleDevice = useCallback(toggle("device"), []);
  const toggleTask = useCallback(toggle("task"), []);
  const showDevice = useCallback(show("device"), []);
  const showTask = useCallback(show("task"), []);
  return (
    <>
      <Answer
        store={store}
        sentence={(nowMs) =>
          answerOf(
            [...state.devices.values()].map(({ node }) => node),
            nowMs,
          )
        }
      />
      <Revision gitops={state.gitops} />
      <Devices
        {...{ devices: state.devices, revision: state.revisions.devices, members: state.revisions.members, runningOn, find, hub, showTask }}
        open={device}
        refusal={refusalOf(state)}
        toggle={toggleDevice}
      />
      <div class="below">
        <Tasks {...{ tasks: state.tasks, revision: state.revisions.tasks, find, showDevice }} open={task} toggle={toggleTask} />
        <Events
          lines={state.lines}
          revision={`${state.revisions.tasks}.${state.revisions.members}`}
          tasks={state.tasks}
          devices={state.devices}
          {...{ showTask, showDevice }}
        />
      </div>
    </>
  );
};

/** Brings what a shared link opens into view, once. */
const useReveal = (id: string): void => {
  useEffect(() => document.getElementById(id)?.scrollIntoView({ block: "nearest" }), []);
};

/** Opens something and moves the focus there. */
const reveal = (id: string, open: () => void): void => {
  open();
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const row = document.getElementById(id);
      row?.scrollIntoView({ block: "nearest" });
      row?.querySelector("button")?.focus({ preventScroll: true });
    }),
  );
};

/** What is assigned or runs, by device. */
const executionsByDevice = (tasks: ReadonlyMap<string, TaskRecord>): ReadonlyMap<string, readonly string[]> => {
  const executions = new Map<string, string[]>();
  for (const { node, status, executionId } of tasks.values()) {
    if (node === null || executionId === null || (status !== "running" && status !== "assigned")) continue;
    const there = executions.get(node);
    if (there === undefined) executions.set(node, [executionId]);
    else there.push(executionId);
  }
  return executions;
};
