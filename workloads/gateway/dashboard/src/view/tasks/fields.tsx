import type { Device } from "../../live/state.ts";
import { byName } from "../../text/format.ts";
import { wordsOf } from "../../text/shell-words.ts";
import type { TaskForm, TaskFormProblems } from "../../text/task-form.ts";
import { ChoiceField, SwitchField, TextField } from "../form.tsx";

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

/** What shall run, where, and what it is promised and held to. */
export const TaskFields = ({ form, problems, change, devices }: FieldsProps) => {
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
      <Where {...{ form, problems, change, devices }} />
      <Limits {...{ form, problems, change }} />
    </div>
  );
};

const Where = ({ form, problems, change, devices }: FieldsProps) => {
  const nodes = [...devices.values()].map(({ node }) => node);
  const choicesOf = (kind: string, names: Iterable<string>) =>
    [...new Set(names)].sort(byName).map((name) => ({ value: `${kind}:${name}`, text: name }));
  return (
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
  );
};

const Limits = ({ form, problems, change }: Omit<FieldsProps, "devices">) => (
  <>
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
    <SwitchField label="At most once" hint="Never runs twice, even when its device is lost." value={form.once} change={(once) => change({ once })} />
  </>
);
