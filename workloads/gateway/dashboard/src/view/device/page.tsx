import { useEffect, useMemo } from "preact/hooks";
import type { PageProps } from "../../route.ts";
import { deviceAnswer } from "../../text/device-answer.ts";
import { healthOf, powerMeaning } from "../../text/health.ts";
import { refusalOf } from "../action.tsx";
import { Answer } from "../answer.tsx";
import { DrainAction } from "../drain.tsx";
import { Mark } from "../mark.tsx";
import { TaskTable } from "../tasks/table.tsx";
import { Certificates } from "./certificates.tsx";
import { Charts } from "./charts.tsx";
import { Connectivity } from "./connectivity.tsx";
import { Figures } from "./figures.tsx";
import { Hardware } from "./hardware.tsx";
import { Logs } from "./logs.tsx";
import { NoDevice } from "./no-device.tsx";
import "../../style/device.css";

/** Ended tasks that are still shown. */
const tasksShown = 12;

/** Everything about one device: how it is and why, what to do about it, and how it came to be so. */
export const Page = ({ store, hub, params: { id = "" }, open, go }: PageProps) => {
  const { state } = store;
  const device = state.devices.get(id);
  // From now on more of it is kept than of others.
  useEffect(() => void store.historyOf(id), [id]);
  const tasks = useMemo(
    () =>
      [...state.tasks.values()]
        .filter(({ node }) => node === id)
        .sort((a, b) => Number(a.finishedAtMs !== null) - Number(b.finishedAtMs !== null) || b.createdAtMs - a.createdAtMs),
    [state.revisions.tasks, id],
  );
  const running = useMemo(
    () => tasks.flatMap(({ status, executionId }) => (executionId !== null && (status === "running" || status === "assigned") ? executionId : [])),
    [tasks],
  );
  if (device === undefined) return <NoDevice id={id} store={store} />;
  const { node } = device;
  const { next, meaning } = healthOf(node);
  return (
    <>
      <Answer store={store} sentence={(nowMs) => deviceAnswer(node, running.length, nowMs)} />
      <div class="about">
        {next !== null && (
          <p>
            <Mark meaning={meaning} word="" /> {next}
          </p>
        )}
        {node.state !== null && (
          <p>
            Power mode <strong>{node.state.powerMode}</strong>: {powerMeaning[node.state.powerMode]}
          </p>
        )}
        <p class="quiet">
          {node.site} · {node.tier} · {node.cluster ?? "no cluster"} · {node.hardware}
          {node.simulated ? ", simulated" : ""} · <a href={`/topology#device=${encodeURIComponent(id)}`}>in the topology</a>
        </p>
        <DrainAction node={node} running={running} refusal={refusalOf(state)} drain={hub.drainNode} />
      </div>
      <Charts samples={store.historyOf(id)} capabilities={node.capabilities} />
      <section aria-labelledby="tasks">
        <h2 id="tasks">
          Tasks <span class="quiet">{tasks.length === 0 ? "" : tasks.length}</span>
        </h2>
        {tasks.length === 0 ? (
          <p class="quiet">No task is or was here lately.</p>
        ) : (
          <TaskTable
            tasks={tasks.slice(0, tasksShown)}
            open={open.task ?? null}
            toggle={(task) => go.open("task", open.task === task ? null : task)}
          />
        )}
        {tasks.length > tasksShown && (
          <p>
            <a href={`/tasks#find=${encodeURIComponent(id)}`}>All {tasks.length}</a>
          </p>
        )}
      </section>
      <div class="halves">
        <Connectivity node={node} hub={hub} />
        <Figures node={node} />
      </div>
      <Logs id={id} />
      <Certificates id={id} state={state} revision={node.version} />
      <Hardware node={node} />
    </>
  );
};
