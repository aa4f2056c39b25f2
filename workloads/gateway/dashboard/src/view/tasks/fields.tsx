import type { Device } from "../../live/state.ts";
import { byName } from "../../text/format.ts";
import { wordsOf } from "../../text/shell-words.ts";
import type { TaskForm } from "../../text/task-form.ts";
import { ChoiceField, type Draft, fieldsOf, SwitchField, TextField } from "../form.tsx";

interface FieldsProps extends Draft<TaskForm> {
  readonly devices: ReadonlyMap<string, Device>;
}

const priorities = ["", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"].map((value) => ({
  value,
  text: value === "" ? "5, as usual" : value === "0" ? "0, least" : value === "9" ? "9, first" : value,
}));

/** What shall run, where, and what it is promised and held to. */
export const TaskFields = (draft: FieldsProps) => {
  const field = fieldsOf<TaskForm>(draft);
  const { shellSign } = wordsOf(draft.form.command);
  return (
    <div class="fields">
      <TextField
        wide
        mono
        label="Command"
        {...field("command")}
        placeholder="uname -a"
        hint={
          shellSign === null
            ? "A program and its arguments, parted by blanks; quotes keep words together."
            : `It runs without a shell, so ${shellSign} is an argument like any other. For a shell: sh -c '…'`
        }
      />
      <Where {...draft} />
      <Limits {...draft} />
    </div>
  );
};

const Where = ({ devices, ...draft }: FieldsProps) => {
  const field = fieldsOf<TaskForm>(draft);
  const nodes = [...devices.values()].map(({ node }) => node);
  const choicesOf = (kind: string, names: Iterable<string>) =>
    [...new Set(names)].sort(byName).map((name) => ({ value: `${kind}:${name}`, text: name }));
  return (
    <ChoiceField
      label="Where"
      {...field("where")}
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

const Limits = (draft: Draft<TaskForm>) => {
  const field = fieldsOf(draft);
  return (
    <>
      <TextField label="Image" {...field("image")} placeholder="none: on the device itself" hint="Runs in a container where there is a runtime." />
      <TextField label="Memory" {...field("memory")} placeholder="64MiB" hint="Promised, and held to." />
      <TextField label="CPU cores" {...field("cpu")} placeholder="0.1" inputMode="decimal" hint="Promised, and held to." />
      <ChoiceField label="Priority" {...field("priority")} hint="When devices are full." choices={priorities} />
      <TextField label="Timeout" {...field("timeout")} placeholder="10m" hint="Ends it after this." />
      <SwitchField label="Needs a GPU" hint="Only where one is free." {...field("gpu")} />
      <SwitchField label="At most once" hint="Never runs twice, even when its device is lost." {...field("once")} />
    </>
  );
};
