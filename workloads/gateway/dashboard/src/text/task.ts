import type { PlacementExplanation, TaskRecord, TaskStatus } from "@fogline/contracts";
import { clockTime, counted } from "./format.ts";

export const finalStatuses: ReadonlySet<TaskStatus> = new Set(["succeeded", "failed", "cancelled", "unknown"]);
export const statuses = ["running", "assigned", "queued", "succeeded", "failed", "cancelled", "unknown"] as const satisfies readonly TaskStatus[];

const commandLengthMax = 60;

/** A task as people know it: by its command, as far as that fits a sentence. */
export const nameOfTask = ({ spec }: Pick<TaskRecord, "spec">): string => {
  const text = spec.command.join(" ");
  return text.length <= commandLengthMax ? text : `${text.slice(0, commandLengthMax - 1)}…`;
};

/** "waits: 0 of 9 nodes can take it" says that it waits already. */
const whyItWaits = (reason: string): string => reason.replace(/^waits:? ?/, "");

/** How the tasks are, in one sentence: what runs and what waits, with the reason of what has waited longest. */
export const tasksAnswer = (tasks: readonly TaskRecord[]): string => {
  if (tasks.length === 0) return "No task has run yet";
  const count = (...of: TaskStatus[]) => tasks.filter(({ status }) => of.includes(status)).length;
  const running = count("running", "assigned");
  const [longest, ...others] = tasks.filter(({ status }) => status === "queued").sort((a, b) => a.createdAtMs - b.createdAtMs);
  const parts = [running === 0 ? "Nothing runs" : `${counted(running, "task")} ${running === 1 ? "runs" : "run"}`];
  if (longest !== undefined)
    parts.push(`${others.length + 1} ${others.length === 0 ? "waits" : "wait"} (${nameOfTask(longest)}: ${whyItWaits(longest.reason)})`);
  const lost = count("unknown");
  if (lost > 0) parts.push(`of ${lost} the result is not known`);
  return parts.join(", ");
};

/** Where a task is and why, in one sentence. */
export const taskAnswer = (task: TaskRecord): string => {
  const { status, node, reason, startedAtMs } = task;
  const name = nameOfTask(task);
  if (status === "running" && node !== null && startedAtMs !== null) {
    const where = reason.startsWith(`runs on ${node}`) ? reason : `runs on ${node}: ${reason}`;
    return `${name} ${where}, since ${clockTime(startedAtMs)}`;
  }
  if (status === "assigned" && node !== null) return `${name} is about to run on ${node}: ${reason}`;
  if (status === "queued") return `${name} waits: ${whyItWaits(reason)}`;
  if (status === "unknown") return `What came of ${name} is not known: ${reason}`;
  return `${name} ${status === "cancelled" ? "was cancelled" : status}: ${reason}`;
};

/** What a person can do about a device that was refused, by the rule that refused it. */
const nextSteps: Readonly<Record<string, string>> = {
  status: "It is tried as soon as the device is online.",
  draining: "Take the device back into service.",
  node: "Submit it without a device, and any that suits takes it.",
  site: "Submit it without a site, or for another one.",
  tier: "Allow more tiers.",
  architecture: "Submit a build for that architecture.",
  cpu: "It is tried when what runs there has ended; or ask for fewer cores.",
  memory: "It is tried when what runs there has ended; or ask for less memory.",
  gpu: "It is tried as soon as a GPU is free; or submit it without one.",
  tasks: "It is tried when a task there has ended.",
  residency: "Allow another residency, or add a device there.",
  "failed-here": "Other devices are tried first; it may come back when none is left.",
  containers: "Submit it without an image, or install a container runtime there.",
  battery: "Charge the device, or change the policy.",
  "memory-free": "It is tried when what runs there has ended; or ask for less memory.",
  temperature: "It is tried when the device has cooled.",
  "image-registry": "Use an image from an allowed registry, or change the policy.",
  resources: "Ask for less, or change the policy.",
};

export interface RefusedGroup {
  readonly nodes: readonly string[];
  readonly message: string;
  readonly next: string;
}

/** Refusals with the same reason together, those that concern the most devices first. */
export const groupedRefusals = (refused: PlacementExplanation["refused"]): readonly RefusedGroup[] => {
  const told = refused.map(({ node, refusal: { rule, message } }) => ({ node, rule, message: message.replaceAll(node, "it") }));
  return [...Map.groupBy(told, ({ rule, message }) => `${rule} ${message}`).values()]
    .map((group) => {
      const [first] = group;
      const alone = group.length === 1 && first !== undefined;
      return {
        nodes: group.map(({ node }) => node),
        message: alone ? (refused.find(({ node }) => node === first.node)?.refusal.message ?? "") : (first?.message ?? ""),
        next: nextSteps[first?.rule ?? ""] ?? "",
      };
    })
    .sort((a, b) => b.nodes.length - a.nodes.length);
};

/** What happens when the device that has the task is lost, in a sentence. */
export const ifItFails = ({ node, status, spec }: TaskRecord, other: string | null): string | null => {
  if (node === null || finalStatuses.has(status)) return null;
  if (spec.duplicates === "forbidden") return `If ${node} is lost, it does not run again, because it may run at most once; it ends as unknown.`;
  return other === null ? `If ${node} is lost, it waits: no other device may take it now.` : `If ${node} is lost, it runs again on ${other}.`;
};
