import { type Refusal, refusal } from "@fogline/findings";
import { MEBIBYTE } from "@fogline/units";
import { comesFrom } from "./image.ts";
import type { PolicyKind, PolicyNode, PolicyRule, PolicyTask } from "./policy.ts";

type RuleOf<Kind extends PolicyKind> = Extract<PolicyRule, { kind: Kind }>;

/** What a kind of rule says of a task alone, and of a task on a node; a kind leaves out what it does not speak of. */
interface RuleKind<Rule> {
  readonly task?: (rule: Rule, task: PolicyTask, policy: string) => Refusal | undefined;
  readonly node?: (rule: Rule, task: PolicyTask, node: PolicyNode, policy: string) => Refusal | undefined;
}

/** Needs are rounded up and supplies down, so that a sentence never shows two equal numbers for a refusal. */
const mebibytesUp = (bytes: number): number => Math.ceil(bytes / MEBIBYTE);
const mebibytesDown = (bytes: number): number => Math.floor(bytes / MEBIBYTE);

/** A device below the charge is left alone; without a battery, or with one that cannot be read, it is not held back. */
const battery: RuleKind<RuleOf<"battery">> = {
  node: (rule, _, node, policy) => {
    if (node.batteryPercent === null || node.batteryPercent >= rule.percentMin) return undefined;
    if (rule.unlessCharging && node.charging === true) return undefined;
    const charger = node.charging === true ? "charging" : "not charging";
    return refusal(
      "battery",
      `policy ${policy} asks for ${rule.percentMin} % battery${rule.unlessCharging ? " or charging" : ""}, ${node.id} has ${node.batteryPercent} %, ${charger}`,
      { policy, percentMin: rule.percentMin, batteryPercent: node.batteryPercent, charging: node.charging },
    );
  },
};

/** A device at the temperature or above gets nothing; one without a readable sensor is not held back (its score is). */
const temperature: RuleKind<RuleOf<"temperature">> = {
  node: (rule, _, node, policy) =>
    node.temperatureCelsius === null || node.temperatureCelsius < rule.celsiusMax
      ? undefined
      : refusal("temperature", `policy ${policy} asks for less than ${rule.celsiusMax} C, ${node.id} has ${node.temperatureCelsius} C`, {
          policy,
          celsiusMax: rule.celsiusMax,
          temperatureCelsius: node.temperatureCelsius,
        }),
};

/** What must stay free on a node with the task on it. */
const memoryFree: RuleKind<RuleOf<"memory-free">> = {
  node: (rule, task, node, policy) => {
    const leftBytes = node.memoryFreeBytes - task.memoryBytes;
    if (leftBytes >= rule.bytesMin) return undefined;
    const left = Math.max(0, mebibytesDown(leftBytes));
    return refusal(
      "memory-free",
      `policy ${policy} keeps ${mebibytesUp(rule.bytesMin)} MiB free, ${node.id} would keep ${left} MiB with the task's ${mebibytesUp(task.memoryBytes)} MiB`,
      { policy, bytesMin: rule.bytesMin, leftBytes, needsBytes: task.memoryBytes },
    );
  },
};

const carries = (task: PolicyTask, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(labels).every(([name, value]) => Object.hasOwn(task.labels, name) && task.labels[name] === value);

const labelsText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ") || "every label";

/** Tasks that carry all of the labels stay in the residency: they may not ask for another one, and only nodes there take them. */
const residency: RuleKind<RuleOf<"residency">> = {
  task: (rule, task, policy) =>
    !carries(task, rule.labels) || task.residency === undefined || task.residency === rule.residency
      ? undefined
      : refusal("residency", `policy ${policy} keeps tasks with ${labelsText(rule.labels)} in ${rule.residency}, task asks for ${task.residency}`, {
          policy,
          residency: rule.residency,
          asked: task.residency,
        }),
  node: (rule, task, node, policy) =>
    !carries(task, rule.labels) || node.residency === rule.residency
      ? undefined
      : refusal(
          "residency",
          `policy ${policy} keeps tasks with ${labelsText(rule.labels)} in ${rule.residency}, ${node.id} is in ${node.residency ?? "no declared residency"}`,
          { policy, residency: rule.residency, has: node.residency },
        ),
};

/** Images come from a registry, or a path in one, that is listed; a task without image is not concerned. */
const imageRegistry: RuleKind<RuleOf<"image-registry">> = {
  task: (rule, task, policy) => {
    const { image } = task;
    if (image === undefined || rule.allowed.some((allowed) => comesFrom(image, allowed))) return undefined;
    const facts = { policy, image, allowed: rule.allowed.join(" ") };
    return refusal("image-registry", `policy ${policy} allows images from ${rule.allowed.join(", ")}, task wants ${image}`, facts);
  },
};

/** The most that one task may ask for; exactly that much is allowed. */
const resources: RuleKind<RuleOf<"resources">> = {
  task: (rule, task, policy) => {
    if (task.cpuCores > rule.cpuCoresMax) {
      const facts = { policy, cpuCoresMax: rule.cpuCoresMax, needsCores: task.cpuCores };
      return refusal("resources", `policy ${policy} allows ${rule.cpuCoresMax} CPU cores a task, task wants ${task.cpuCores}`, facts);
    }
    if (task.memoryBytes > rule.memoryBytesMax) {
      const [allows, wants] = [mebibytesDown(rule.memoryBytesMax), mebibytesUp(task.memoryBytes)];
      const facts = { policy, memoryBytesMax: rule.memoryBytesMax, needsBytes: task.memoryBytes };
      return refusal("resources", `policy ${policy} allows ${allows} MiB a task, task wants ${wants} MiB`, facts);
    }
    return undefined;
  },
};

const kinds: { readonly [Kind in PolicyKind]: RuleKind<RuleOf<Kind>> } = {
  battery,
  temperature,
  "memory-free": memoryFree,
  residency,
  "image-registry": imageRegistry,
  resources,
};

const kindOf = <Kind extends PolicyKind>(rule: RuleOf<Kind>): RuleKind<RuleOf<Kind>> => kinds[rule.kind as Kind];

/** What a rule has against a task, whatever node it would run on. `policy` is the name that the refusal gives. */
export const checkTaskByRule = (rule: PolicyRule, task: PolicyTask, policy: string): Refusal | undefined => kindOf(rule).task?.(rule, task, policy);

/** What a rule has against a task on this node. */
export const checkNodeByRule = (rule: PolicyRule, task: PolicyTask, node: PolicyNode, policy: string): Refusal | undefined =>
  kindOf(rule).node?.(rule, task, node, policy);
