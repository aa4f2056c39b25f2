import type { createDeployment, DeploymentRecord, Input } from "@fogline/contracts";
import { parseBytes } from "@fogline/units";
import { firstClause } from "./answer.ts";
import { counted } from "./format.ts";
import { wordsOf } from "./shell-words.ts";

type Status = DeploymentRecord["status"];

const isUp = ({ status }: DeploymentRecord["replicas"][number]): boolean => status === "running";

export const runningOf = ({ replicas }: DeploymentRecord): number => replicas.filter(isUp).length;

/** The devices that have a replica, each once. */
export const nodesOf = ({ replicas }: DeploymentRecord): readonly string[] => [...new Set(replicas.flatMap(({ node }) => node ?? []))];

/** How the deployments are, in one sentence; the first that is not well is named with its reason. */
export const deploymentsAnswer = (deployments: readonly DeploymentRecord[]): string => {
  const count = (status: Status) => deployments.filter((one) => one.status === status).length;
  const wanted = deployments.length - count("stopped");
  if (wanted === 0)
    return deployments.length === 0
      ? "Nothing is deployed to devices yet"
      : `Nothing is deployed: ${counted(deployments.length, "deployment")}, all stopped`;
  const running = count("running");
  const parts = [
    running === wanted
      ? `${counted(wanted, "deployment")}, ${wanted === 1 ? "running as wanted" : "all running as wanted"}`
      : `${counted(wanted, "deployment")}, ${running} running as wanted`,
  ];
  for (const status of ["degraded", "progressing"] as const) {
    const first = deployments.find((one) => one.status === status);
    if (first !== undefined) parts.push(`${count(status)} ${status} (${first.spec.name}: ${firstClause(first.reason)})`);
  }
  if (count("stopped") > 0) parts.push(`${count("stopped")} stopped`);
  return parts.join(", ");
};

/** What a person has put into the form of a deployment. */
export interface DeploymentForm {
  readonly name: string;
  /** `number` runs so many replicas anywhere, `nodes` one on each named device. */
  readonly spread: "number" | "nodes";
  readonly replicas: string;
  /** Names of devices, parted by commas or blanks. */
  readonly nodes: string;
  readonly command: string;
  readonly image: string;
  readonly memory: string;
  readonly cpu: string;
}

export const emptyDeploymentForm: DeploymentForm = {
  ...{ name: "", spread: "number", replicas: "1", nodes: "", command: "", image: "", memory: "", cpu: "" },
};

export type DeploymentFormProblems = Partial<Record<keyof DeploymentForm, string>>;

const replicasMax = 1_000;
const namePattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const namedNodes = (text: string): readonly string[] => [...new Set(text.split(/[\s,]+/).filter((name) => name !== ""))];

/** What stands in the way of deploying, by field, each with what would be right. */
export const problemsOfForm = (form: DeploymentForm, known: (id: string) => boolean): DeploymentFormProblems => {
  const problems: DeploymentFormProblems = {};
  const { words, problem } = wordsOf(form.command);
  const replicas = Number(form.replicas);
  const nodes = namedNodes(form.nodes);
  const strange = nodes.find((id) => !known(id));
  if (!namePattern.test(form.name)) problems.name = "lower case letters, digits and dashes, like detector";
  if (problem !== null) problems.command = problem;
  else if (words.length === 0) problems.command = "what shall run? for example: python3 detect.py";
  if (form.spread === "number" && !(/^\d+$/.test(form.replicas) && replicas <= replicasMax))
    problems.replicas = `a whole number from 0 to ${replicasMax}`;
  if (form.spread === "nodes" && nodes.length === 0) problems.nodes = "name at least one device, like pi-1, pi-2";
  else if (form.spread === "nodes" && strange !== undefined) problems.nodes = `there is no device ${strange}`;
  if (form.memory !== "" && !(parseBytes(form.memory) ?? 0)) problems.memory = "write it like 256MiB";
  if (form.cpu !== "" && !(Number(form.cpu) > 0)) problems.cpu = "a number above 0, like 0.5";
  return problems;
};

/** The request as an example, with what is still missing filled in. */
export const exampleOf = (form: DeploymentForm): object =>
  specOf({
    ...form,
    name: form.name === "" ? "detector" : form.name,
    nodes: form.nodes === "" ? "pi-1, pi-2" : form.nodes,
    command: form.command.trim() === "" ? "python3 detect.py" : form.command,
  });

/** The request that the form makes. */
export const specOf = (form: DeploymentForm): Input<(typeof createDeployment)["request"]> => ({
  name: form.name,
  ...(form.spread === "nodes" ? { nodes: [...namedNodes(form.nodes)] } : { replicas: Number(form.replicas) }),
  task: {
    command: [...wordsOf(form.command).words],
    ...(form.image === "" ? {} : { image: form.image }),
    ...(form.memory === "" ? {} : { memoryBytes: parseBytes(form.memory) }),
    ...(form.cpu === "" ? {} : { cpuCores: Number(form.cpu) }),
  },
});

const fieldOf: Readonly<Record<string, keyof DeploymentForm>> = {
  ...{ name: "name", replicas: "replicas", nodes: "nodes", "task.command": "command", "task.image": "image" },
  ...{ "task.memoryBytes": "memory", "task.cpuCores": "cpu" },
};

/** What the hub found wrong, by field. */
export const problemsOfAnswer = (fields: readonly { path: string; message: string; remedy?: string }[]): DeploymentFormProblems =>
  Object.fromEntries(
    fields.flatMap(({ path, message, remedy }) => {
      const field = fieldOf[path.replace(/[.[]\d+\]?$/, "")];
      return field === undefined ? [] : [[field, remedy === undefined ? message : `${message}. ${remedy}`]];
    }),
  );
