import type { TaskRecord } from "@fogline/contracts";
import { useState } from "preact/hooks";
import type { Device } from "../../live/state.ts";
import { nameOfTask } from "../../text/task.ts";
import { commandOf, emptyTaskForm, problemsOfAnswer, problemsOfForm, specOf, type TaskForm } from "../../text/task-form.ts";
import { AskRow } from "../ask-row.tsx";
import { Command } from "../command.tsx";
import { useSubmission } from "../submission.ts";
import { TaskFields } from "./fields.tsx";

export interface SubmitProps {
  readonly devices: ReadonlyMap<string, Device>;
  /** Why nothing can be submitted now; null when it can. */
  readonly refusal: string | null;
  readonly close: () => void;
}

/** Asks the hub to run a command, with the same on the command line beside it. */
export const Submit = ({ devices, refusal, close }: SubmitProps) => {
  const [form, setForm] = useState<TaskForm>(emptyTaskForm);
  const [tried, setTried] = useState(false);
  const { sent, submit, anew } = useSubmission<TaskRecord>("/api/tasks");
  const found = problemsOfForm(form);
  const shown = { ...(sent.kind === "refused" ? problemsOfAnswer(sent.refused.fields) : {}), ...(tried ? found : {}) };
  const change = (part: Partial<TaskForm>): void => {
    setForm((before) => ({ ...before, ...part }));
    if (sent.kind === "made") anew();
  };
  const send = (event: Event): void => {
    event.preventDefault();
    setTried(true);
    if (refusal !== null || sent.kind === "asking" || sent.kind === "made") return;
    if (Object.keys(found).length === 0) void submit(specOf(form));
    else (event.currentTarget as HTMLElement).querySelector<HTMLElement>("[aria-invalid=true], input")?.focus();
  };
  return (
    <form class="panel" aria-label="Submit a task" onSubmit={send} onKeyDown={(event) => event.key === "Escape" && close()} novalidate>
      <TaskFields form={form} problems={shown} change={change} devices={devices} />
      <AskRow
        {...{ sent, refusal, close }}
        verb="Submit the task"
        thing="task"
        shownAtFields={Object.keys(shown).length > 0}
        made={(task) => <Made task={task} />}
      >
        {sent.kind === "made" && (
          <button type="button" onClick={anew}>
            Submit it once more
          </button>
        )}
      </AskRow>
      <div class="same">
        <span class="quiet">The same on the command line, which waits for the output:</span>
        <Command text={commandOf(form)} />
      </div>
    </form>
  );
};

const Made = ({ task }: { readonly task: TaskRecord }) => (
  <>
    <a href={`/tasks/${encodeURIComponent(task.id)}`}>{nameOfTask(task)}</a> is {task.status}: {task.reason}.
  </>
);
