import {
  cancelTask,
  createTask,
  explainTask,
  getTask,
  type Input,
  listTasks,
  type PlacementExplanation,
  type TaskRecord,
  type TaskStatus,
} from "@fogline/contracts";
import type { Context } from "../context.ts";
import { Exit, exitCodes } from "../exit.ts";
import type { HubClient } from "../hub-client.ts";
import type { Column } from "../output.ts";

export interface RunOptions {
  readonly on?: string;
  readonly site?: string;
  readonly image?: string;
  readonly gpu?: boolean;
  readonly memory?: number;
  readonly cpu?: number;
  readonly priority?: number;
  readonly timeout?: number;
  readonly once?: boolean;
  readonly profile?: "fog" | "tiers";
  readonly env?: Record<string, string>;
  readonly detach?: boolean;
}

const finalStatuses: ReadonlySet<TaskStatus> = new Set(["succeeded", "failed", "cancelled", "unknown"]);
const pollMs = 100;

/** `fogline task run -- <command>`: submits a task and, unless detached, waits for its answer and ends with its exit code's meaning. */
export const taskRunCommand = async (context: Context, command: readonly string[], options: RunOptions): Promise<void> => {
  const { output, clock, random } = context;
  const hub = context.hub();
  const spec: Input<(typeof createTask)["request"]> = {
    command: [...command],
    ...(options.on === undefined ? {} : { node: options.on }),
    ...(options.site === undefined ? {} : { site: options.site }),
    ...(options.image === undefined ? {} : { image: options.image }),
    ...(options.gpu === true ? { gpu: true } : {}),
    ...(options.memory === undefined ? {} : { memoryBytes: options.memory }),
    ...(options.cpu === undefined ? {} : { cpuCores: options.cpu }),
    ...(options.priority === undefined ? {} : { priority: options.priority }),
    ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout }),
    ...(options.once === true ? { duplicates: "forbidden" as const } : {}),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...(options.env === undefined ? {} : { env: options.env }),
  };
  let task = await hub.call(createTask, spec, { idempotencyKey: random.id() });
  if (options.detach === true) {
    output.value({ task });
    output.line(`${task.id} ${task.status}: ${task.reason}`);
    return;
  }
  let said = "";
  while (!finalStatuses.has(task.status)) {
    const state = `${task.id} ${task.status}: ${task.reason}`;
    if (state !== said && process.stderr.isTTY && !output.json) process.stderr.write(`${output.colours.dim(state)}\n`);
    said = state;
    await clock.sleep(pollMs);
    task = await hub.call(getTask, { id: task.id });
  }
  output.value({ task });
  finish(context, task);
};

const finish = ({ output }: Context, task: TaskRecord): void => {
  if (!output.json) {
    process.stdout.write(task.result?.stdout ?? "");
    process.stderr.write(task.result?.stderr ?? "");
    if (task.result?.outputTruncated === true) process.stderr.write("(output was cut at the task's limit)\n");
  }
  if (task.status === "succeeded") return;
  if (!output.json) process.stderr.write(`${output.colours.red(task.status)}  ${task.id}: ${task.reason}\n`);
  throw new Exit(exitCodes.findings);
};

const columns: Column<TaskRecord>[] = [
  { title: "TASK", text: ({ id }) => id },
  { title: "STATUS", text: ({ status }) => status },
  { title: "NODE", text: ({ node }) => node ?? "-" },
  { title: "TRY", right: true, text: ({ attempt }) => String(attempt) },
  { title: "COMMAND", text: ({ spec }) => cut(spec.command.join(" "), 40) },
  { title: "REASON", text: ({ reason }) => cut(reason, 70) },
];

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** `fogline task list`. */
export const taskListCommand = async (
  { output, hub }: Context,
  { status, limit, quiet = false }: { readonly status?: TaskStatus; readonly limit?: number; readonly quiet?: boolean },
): Promise<void> => {
  const { tasks, next } = await hub().call(listTasks, { ...(status === undefined ? {} : { status }), ...(limit === undefined ? {} : { limit }) });
  output.value({ tasks, next });
  if (quiet) for (const { id } of tasks) output.line(id);
  else if (tasks.length === 0) output.line("no tasks. run one: fogline task run -- uname -a");
  else output.table(tasks, columns);
};

/** `fogline task show <task>`. */
export const taskShowCommand = async ({ output, hub }: Context, id: string): Promise<void> => {
  const task = await hub().call(getTask, { id });
  output.value({ task });
  output.line(`${task.id} ${task.status}: ${task.reason}`);
  output.line(`  command   ${task.spec.command.join(" ")}`);
  output.line(`  node      ${task.node ?? "-"}   attempt ${task.attempt} of ${task.spec.attemptsMax}   priority ${task.spec.priority}`);
  if (task.result !== null) {
    output.line(
      `  outcome   ${task.result.outcome}${task.result.exitCode === null ? "" : ` ${task.result.exitCode}`}${task.result.message === null ? "" : `: ${task.result.message}`}`,
    );
    if (task.result.stdout !== "") output.line(`  stdout\n${indented(task.result.stdout)}`);
    if (task.result.stderr !== "") output.line(`  stderr\n${indented(task.result.stderr)}`);
  }
};

const indented = (text: string): string =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");

/** `fogline task cancel <task>`. */
export const taskCancelCommand = async ({ output, hub }: Context, id: string): Promise<void> => {
  const task = await hub().call(cancelTask, { id });
  output.value({ task });
  output.line(`${task.id} ${task.status}: ${task.reason}`);
};

/** `fogline task explain <task>`: the scores of every candidate by part, the refusals, and where it would go next. */
export const taskExplainCommand = async ({ output, hub }: Context, id: string): Promise<void> => {
  const { task, now, ifNodeFails } = await explained(hub(), id);
  output.value({ task, now, ifNodeFails });
  output.line(whereItIs(task));
  const shown = task.placement ?? now;
  if (shown.candidates.length > 0) output.table(shown.candidates, scoreColumns(shown));
  for (const line of refusalLines(shown)) output.line(line);
  if (task.node !== null && !finalStatuses.has(task.status)) output.line(`  if ${task.node} fails: ${ifNodeFails ?? "no other device may take it"}`);
};

/** The answer in a line: where the task is and since when, or why it is nowhere. */
const whereItIs = ({ id, status, reason, node, startedAtMs, placement }: TaskRecord): string => {
  const score = placement?.candidates.find((candidate) => candidate.node === node)?.score;
  const scored = score === undefined ? "" : ` (score ${score.toFixed(1)})`;
  if (node === null) return `${id} ${status}: ${reason}`;
  if (finalStatuses.has(status)) return `${id} ${status} on ${node}${scored}: ${reason}`;
  const since = startedAtMs === null ? "" : ` since ${new Date(startedAtMs).toTimeString().slice(0, 8)}`;
  return `${id} ${status === "running" ? "runs" : "is about to run"} on ${node}${since}${scored}`;
};

/** Devices that were refused for the same reason share a line. */
const refusalLines = ({ refused }: PlacementExplanation): string[] => {
  if (refused.length === 0) return [];
  const messages = refused.map(({ node, refusal }) => ({ node, message: refusal.message.replaceAll(new RegExp(`\\b${node}\\b`, "g"), "it") }));
  const groups = [...Map.groupBy(messages, ({ message }) => message)];
  return [`  refused: ${refused.length}`, ...groups.map(([message, group]) => `    ${group.map(({ node }) => node).join(", ")}: ${message}`)];
};

const explained = (hub: HubClient, id: string) => hub.call(explainTask, { id });

type Candidate = PlacementExplanation["candidates"][number];

const scoreColumns = ({ candidates }: PlacementExplanation): Column<Candidate>[] => {
  const names = [...new Set(candidates.flatMap(({ parts }) => parts.map(({ name }) => name)))];
  return [
    { title: "", text: ({ node }) => node },
    ...names.map(
      (name): Column<Candidate> => ({
        title: name,
        right: true,
        text: ({ parts }) => {
          const part = parts.find((one) => one.name === name);
          return part === undefined ? "-" : part.kind === "factor" ? `x${part.value.toFixed(2)}` : part.value.toFixed(1);
        },
      }),
    ),
    { title: "total", right: true, text: ({ score }) => score.toFixed(1) },
    {
      title: "",
      text: ({ parts }) =>
        parts
          .map(({ reason }) => reason)
          .filter((reason) => reason !== undefined)
          .join("; "),
    },
  ];
};
