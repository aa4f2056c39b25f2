import type { TaskRecord } from "@fogline/contracts";
import { useState } from "preact/hooks";
import type { Device } from "../../live/state.ts";
import { nameOfTask } from "../../text/task.ts";
import { commandOf, emptyTaskForm, problemsOfAnswer, problemsOfForm, specOf, type TaskForm } from "../../text/task-form.ts";
import { Command } from "../command.tsx";
import { refusedText, type Sent, useSubmission } from "../submission.ts";
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
      <div class="ask">
        <button type="submit" class="primary" disabled={refusal !== null || sent.kind === "asking" || sent.kind === "made"}>
          {sent.kind === "asking" ? "Asking the hub" : "Submit the task"}
        </button>
        <button type="button" onClick={close}>
          Close
        </button>
        {sent.kind === "made" && (
          <button type="button" onClick={anew}>
            Submit it once more
          </button>
        )}
        <span role="status" class={sent.kind === "refused" ? "bad" : ""}>
          {refusal ?? <Said sent={sent} known={Object.keys(shown).length > 0} />}
        </span>
      </div>
      <div class="same">
        <span class="quiet">The same on the command line, which waits for the output:</span>
        <Command text={commandOf(form)} />
      </div>
    </form>
  );
};

const Said = ({ sent, known }: { sent: Sent<TaskRecord>; known: boolean }) => {
  if (sent.kind === "refused") return <>{refusedText(sent.refused, "task", known)}</>;
  if (sent.kind !== "made") return null;
  const { id, status, reason } = sent.value;
  return (
    <>
      <a href={`/tasks/${encodeURIComponent(id)}`}>{nameOfTask(sent.value)}</a> is {status}: {reason}.
    </>
  );
};
