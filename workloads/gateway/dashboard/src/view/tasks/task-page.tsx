import type { TaskRecord } from "@fogline/contracts";
import { describeBytes } from "@fogline/units";
import { useFollowed } from "../../live/followed.ts";
import type { Hub } from "../../live/hub.ts";
import { cancel, type Explanation } from "../../live/tasks.ts";
import type { PageProps } from "../../route.ts";
import { durationText, nothing } from "../../text/format.ts";
import { typed } from "../../text/shell-words.ts";
import { finalStatuses, ifItFails, taskAnswer } from "../../text/task.ts";
import { Action, refusalOf } from "../action.tsx";
import { Answer } from "../answer.tsx";
import { Command } from "../command.tsx";
import { Fact } from "../fact.tsx";
import { Mark, ofTask } from "../mark.tsx";
import { NotShown } from "../read.tsx";
import { Time } from "../time.tsx";
import { Course } from "./course.tsx";
import { Output } from "./output.tsx";
import { Placement } from "./placement.tsx";

import "../../style/list.css";
import "../../style/tasks.css";

const address = (id: string): string => `/api/tasks/${encodeURIComponent(id)}`;

/** One task: where it is and why, what would happen if its device failed, its course and what came of it. */
export const Page = ({ store, hub, params }: PageProps) => {
  const { id = "" } = params;
  const read = useFollowed<TaskRecord>(hub, address(id), {
    follow: (task, { name, data }) => {
      if (name !== "tasks.changed") return task;
      const { task: newer } = data as { task: TaskRecord };
      return newer.id === task.id && newer.version >= task.version ? newer : task;
    },
  });
  const { value: task, refused } = read;
  if (task === null && refused?.status === 404) return <NoTask id={id} />;
  if (task === null && refused !== null)
    return (
      <>
        <Answer store={store} sentence={() => "This task cannot be shown now"} />
        <NotShown refused={refused} what="what this task is" again={read.again} />
      </>
    );
  if (task === null) return <div class="instead" aria-busy="true" />;
  return (
    <>
      <Answer store={store} sentence={() => taskAnswer(task)} />
      <section class="stack" aria-label="Task">
        <pre class="said">{typed(task.spec.command)}</pre>
        <Facts task={task} />
        {!finalStatuses.has(task.status) && (
          <Action
            verb="Cancel this task"
            keep="Let it go on"
            effect={cancelEffect(task)}
            act={() => cancel(id)}
            done={({ status, reason }) => `it is ${status}: ${reason}`}
            command={`npx fogline task cancel ${id}`}
            refusal={refusalOf(store.state, "user")}
            after={read.again}
          />
        )}
      </section>
      {task.result !== null && (
        <section aria-labelledby="output">
          <h2 id="output">Output</h2>
          <Output result={task.result} />
        </section>
      )}
      <Why hub={hub} task={task} />
      <Course hub={hub} task={task} />
    </>
  );
};

const cancelEffect = ({ status, node }: TaskRecord): string =>
  status === "queued" ? "It will not run, and stays in the list as cancelled." : `${node} is asked to end it. What it wrote so far is kept.`;

const NoTask = ({ id }: { id: string }) => (
  <div class="instead">
    <h1 id="answer" tabIndex={-1}>
      There is no task {id}.
    </h1>
    <p>It was never made here, or is so old that the hub forgot it.</p>
    <a href="/tasks">All tasks</a>
  </div>
);

const Facts = ({ task }: { task: TaskRecord }) => {
  const { id, spec, status, node, attempt, createdAtMs, startedAtMs, finishedAtMs } = task;
  return (
    <dl>
      <Fact name="Status">
        <Mark meaning={ofTask[status]} word={status} />
      </Fact>
      <Fact name="Id">{id}</Fact>
      <Fact name="Device">{node === null ? "none yet" : <a href={`/devices/${encodeURIComponent(node)}`}>{node}</a>}</Fact>
      <Fact name="Attempt">{attempt === 0 ? `none of ${spec.attemptsMax} yet` : `${attempt} of ${spec.attemptsMax}`}</Fact>
      <Fact name="Submitted">
        <Time at={createdAtMs} />
      </Fact>
      <Fact name="Started">{startedAtMs === null ? nothing : <Time at={startedAtMs} />}</Fact>
      <Fact name="Ended">{finishedAtMs === null ? nothing : <Time at={finishedAtMs} />}</Fact>
      <Fact name="Needs">{needsOf(spec)}</Fact>
      <Fact name="May run">{placeOf(spec)}</Fact>
      <Fact name="Priority">{spec.priority}</Fact>
      <Fact name="Timeout">{spec.timeoutMs === null ? "none" : durationText(spec.timeoutMs)}</Fact>
      <Fact name="If its device is lost">{spec.duplicates === "allowed" ? "runs again elsewhere" : "never runs twice"}</Fact>
      <Fact name="Image">{spec.image ?? "none: on the device itself"}</Fact>
    </dl>
  );
};

const needsOf = ({ cpuCores, memoryBytes, gpu }: TaskRecord["spec"]): string =>
  `${cpuCores} CPU cores, ${describeBytes(memoryBytes)} memory${gpu ? ", a GPU" : ""}`;

const placeOf = ({ node, site, tiers, architecture, residency }: TaskRecord["spec"]): string =>
  [
    ...(node === undefined ? [] : [`on ${node}`]),
    ...(site === undefined ? [] : [`at ${site}`]),
    ...(tiers === undefined ? [] : [`in tier ${tiers.join(" or ")}`]),
    ...(architecture === undefined ? [] : [`on ${architecture}`]),
    ...(residency === undefined ? [] : [`in ${residency}`]),
  ].join(", ") || "anywhere";

/** Why it is where it is, and where it would go; what waits is looked at as the fleet is now. */
const Why = ({ hub, task }: { hub: Hub; task: TaskRecord }) => {
  const { id, status, placement } = task;
  const over = finalStatuses.has(status);
  const read = useFollowed<Explanation>(hub, over ? null : `${address(id)}/placement`, {
    follow: (explanation, { name, data }) => (name === "tasks.changed" && (data as { task: TaskRecord }).task.id === id ? null : explanation),
  });
  const shown = status === "queued" ? (read.value?.now ?? placement) : placement;
  const failing = ifItFails(task, read.value?.ifNodeFails ?? null);
  const elsewhere = read.value?.now.chosen ?? null;
  return (
    <section class="stack" aria-labelledby="why">
      <h2 id="why">{status === "queued" ? "Why it waits" : `Why ${task.node ?? "there"}`}</h2>
      <div class="plain">
        {failing !== null && read.value !== null && <p>{failing}</p>}
        {status === "running" && elsewhere !== null && elsewhere !== task.node && (
          <p class="quiet">
            Placed anew now it would go to {elsewhere}; it stays as long as {task.node} keeps well.
          </p>
        )}
        {read.refused !== null && !over && <p class="quiet">Where it would go now is not known: {read.refused.message}.</p>}
      </div>
      {shown === null ? <p class="empty">It has not been looked at yet.</p> : <Placement placement={shown} />}
      <div class="action">
        <Command text={`npx fogline task explain ${id}`} />
      </div>
    </section>
  );
};
