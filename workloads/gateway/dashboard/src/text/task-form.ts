import type { createTask, Input } from "@fogline/contracts";
import { parseBytes, parseDurationMs } from "@fogline/units";
import { typed, wordsOf } from "./shell-words.ts";

/** What a person has put into the form of a task. Empty text leaves the choice to the hub's default. */
export interface TaskForm {
  readonly command: string;
  /** `anywhere`, `device:<id>` or `site:<name>`. */
  readonly where: string;
  readonly image: string;
  readonly memory: string;
  readonly cpu: string;
  readonly gpu: boolean;
  readonly priority: string;
  readonly timeout: string;
  readonly once: boolean;
}

export const emptyTaskForm: TaskForm = {
  ...{ command: "", where: "anywhere", image: "", memory: "", cpu: "", gpu: false, priority: "", timeout: "", once: false },
};

export type TaskFormProblems = Partial<Record<keyof TaskForm, string>>;

/** What stands in the way of submitting the form, by field, each with what would be right. */
export const problemsOfForm = (form: TaskForm): TaskFormProblems => {
  const { words, problem } = wordsOf(form.command);
  const problems: TaskFormProblems = {};
  if (problem !== null) problems.command = `${problem}`;
  else if (words.length === 0) problems.command = "what shall run? for example: uname -a";
  if (form.memory !== "" && !(parseBytes(form.memory) ?? 0)) problems.memory = "write it like 256MiB";
  if (form.cpu !== "" && !(Number(form.cpu) > 0 && Number(form.cpu) <= 4_096)) problems.cpu = "a number above 0, like 0.5";
  if (form.timeout !== "" && !(parseDurationMs(form.timeout) ?? 0)) problems.timeout = "write it like 10m or 1h30m";
  return problems;
};

const placeOf = (where: string): { node?: string; site?: string } => {
  const [kind, ...name] = where.split(":");
  if (kind === "device") return { node: name.join(":") };
  return kind === "site" ? { site: name.join(":") } : {};
};

/** The request that a form without problems makes. */
export const specOf = (form: TaskForm): Input<(typeof createTask)["request"]> => ({
  command: [...wordsOf(form.command).words],
  ...placeOf(form.where),
  ...(form.image === "" ? {} : { image: form.image }),
  ...(form.gpu ? { gpu: true } : {}),
  ...(form.memory === "" ? {} : { memoryBytes: parseBytes(form.memory) }),
  ...(form.cpu === "" ? {} : { cpuCores: Number(form.cpu) }),
  ...(form.priority === "" ? {} : { priority: Number(form.priority) }),
  ...(form.timeout === "" ? {} : { timeoutMs: parseDurationMs(form.timeout) }),
  ...(form.once ? { duplicates: "forbidden" as const } : {}),
});

/** The same as a person types it. */
export const commandOf = (form: TaskForm): string => {
  const { node, site } = placeOf(form.where);
  const option = (name: string, value: string | undefined): string[] => (value === undefined || value === "" ? [] : [name, value]);
  const options = [
    ...option("--on", node),
    ...option("--site", site),
    ...option("--image", form.image),
    ...(form.gpu ? ["--gpu"] : []),
    ...option("--memory", form.memory.replaceAll(" ", "")),
    ...option("--cpu", form.cpu),
    ...option("--priority", form.priority),
    ...option("--timeout", form.timeout.replaceAll(" ", "")),
    ...(form.once ? ["--once"] : []),
  ];
  const { words } = wordsOf(form.command);
  return typed(["npx", "fogline", "task", "run", ...options, "--", ...(words.length === 0 ? ["uname", "-a"] : words)]);
};

/** Which field of the form a field of the request is. */
const fieldOf: Readonly<Record<string, keyof TaskForm>> = {
  ...{ command: "command", node: "where", site: "where", image: "image", memoryBytes: "memory", cpuCores: "cpu" },
  ...{ gpu: "gpu", priority: "priority", timeoutMs: "timeout", duplicates: "once" },
};

/** What the hub found wrong, by field; what belongs to none is left to the sentence of the answer. */
export const problemsOfAnswer = (fields: readonly { path: string; message: string; remedy?: string }[]): TaskFormProblems =>
  Object.fromEntries(
    fields.flatMap(({ path, message, remedy }) => {
      const field = fieldOf[path.split(/[.[]/, 1)[0] ?? ""];
      return field === undefined ? [] : [[field, remedy === undefined ? message : `${message}. ${remedy}`]];
    }),
  );
