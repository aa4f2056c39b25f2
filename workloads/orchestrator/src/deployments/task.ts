import type { createTask, DeploymentSpec, Input } from "@fogline/contracts";

/** Attempts that the scheduler makes for one task of a replica before it gives up and a new task is made. */
const attemptsMax = 100;

/** The task that runs replica `index`: restarted on its device for ever, moved elsewhere when its device is lost. */
export const taskOf = ({ name, nodes, task }: DeploymentSpec, index: number): Input<typeof createTask.request> => {
  const node = nodes?.[index];
  return {
    ...task,
    restart: "always",
    duplicates: "allowed",
    timeoutMs: null,
    attemptsMax,
    labels: { ...task.labels, deployment: name, replica: String(index) },
    ...(node === undefined ? {} : { node }),
  };
};
