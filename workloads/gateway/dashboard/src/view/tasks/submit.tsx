import type { TaskRecord } from "@fogline/contracts";
import { useState } from "preact/hooks";
import type { Device } from "../../live/state.ts";
import { byName } from "../../text/format.ts";
import { wordsOf } from "../../text/shell-words.ts";
import { nameOfTask } from "../../text/task.ts";
import { commandOf, emptyTaskForm, problemsOfAnswer, problemsOfForm, specOf, type TaskForm, type TaskFormProblems } from "../../text/task-form.ts";
import { Command } from "../command.tsx";
import { ChoiceField, SwitchField, TextField } from "../form.tsx";
import { refusedText, type Sent, useSubmission } from "../submission.ts";

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
      <Fields form={form} problems={shown} change={change} devices={devices} />
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

interface FieldsProps {
  readonly form: TaskForm;
  readonly problems: TaskFormProblems;
  readonly change: (part: Partial<TaskForm>) => void;
  readonly devices: ReadonlyMap<string, Device>;
}

const priorities = ["", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"].map((value) => ({
  value,
  text: value === "" ? "5, as usual" : value === "0" ? "0, least" : value === "9" ? "9, first" : value,
}));

const Fields = ({ form, problems, change, devices }: FieldsProps) => {
  const nodes = [...devices.values()].map(({ node }) => node);
  const choicesOf = (kind: string, names: Iterable<string>) =>
    [...new Set(names)].sort(byName).map((name) => ({ value: `${kind}:${name}`, text: name }));
  const { shellSign } = wordsOf(form.command);
  return (
    <div class="fields">
      <TextField
        wide
        mono
        label="Command"
        value={form.command}
        change={(command) => change({ command })}
        placeholder="uname -a"
        problem={problems.command}
        hint={
          shellSign === null
            ? "A program and its arguments, parted by blanks; quotes keep words together."
            : `It runs without a shell, so ${shellSign} is an argument like any other. For a shell: sh -c '…'`
        }
      />
      <ChoiceField
        label="Where"
        value={form.where}
        change={(where) => change({ where })}
        problem={problems.where}
        hint="The device that suits it best, within what you choose."
        choices={[{ value: "anywhere", text: "Anywhere" }]}
        groups={[
          {
            title: "At a site",
            choices: choicesOf(
              "site",
              nodes.map(({ site }) => site),
            ),
          },
          {
            title: "On one device",
            choices: choicesOf(
              "device",
              nodes.map(({ id }) => id),
            ),
          },
        ]}
      />
      <TextField
        label="Image"
        value={form.image}
        change={(image) => change({ image })}
        placeholder="none: on the device itself"
        problem={problems.image}
        hint="Runs in a container where there is a runtime."
      />
      <TextField
        label="Memory"
        value={form.memory}
        change={(memory) => change({ memory })}
        placeholder="64MiB"
        problem={problems.memory}
        hint="Promised, and held to."
      />
      <TextField
        label="CPU cores"
        value={form.cpu}
        change={(cpu) => change({ cpu })}
        placeholder="0.1"
        inputMode="decimal"
        problem={problems.cpu}
        hint="Promised, and held to."
      />
      <ChoiceField
        label="Priority"
        value={form.priority}
        change={(priority) => change({ priority })}
        problem={problems.priority}
        hint="When devices are full."
        choices={priorities}
      />
      <TextField
        label="Timeout"
        value={form.timeout}
        change={(timeout) => change({ timeout })}
        placeholder="10m"
        problem={problems.timeout}
        hint="Ends it after this."
      />
      <SwitchField label="Needs a GPU" hint="Only where one is free." value={form.gpu} change={(gpu) => change({ gpu })} />
      <SwitchField
        label="At most once"
        hint="Never runs twice, even when its device is lost."
        value={form.once}
        change={(once) => change({ once })}
      />
    </div>
  );
};
