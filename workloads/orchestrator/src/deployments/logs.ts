import { askAgent, getTask } from "@fogline/contracts";
import type { Client } from "@fogline/rpc";
import { z } from "zod";
import { tail } from "../tail.ts";
import type { Replica } from "./plan.ts";

/** The end of one replica's output, or why there is none. */
export interface ReplicaLog {
  readonly index: number;
  readonly node: string | null;
  readonly text: string;
  readonly unavailable: string | null;
}

/** What an agent answers to a question for logs; other keys are dropped. */
const logsAnswer = z.union([
  z.object({ text: z.string() }).transform(({ text }) => text),
  z.object({ stdout: z.string(), stderr: z.string().default("") }).transform(({ stdout, stderr }) => stdout + stderr),
]);

/** Asks the device that runs each replica, all at once. A replica whose device does not answer says so instead of failing the others. */
export const logsOf = (client: Client, replicas: readonly Replica[], options: { tailBytes: number; timeoutMs: number }): Promise<ReplicaLog[]> =>
  Promise.all(replicas.map((replica) => logOf(client, replica, options)));

const logOf = async (client: Client, replica: Replica, { tailBytes, timeoutMs }: { tailBytes: number; timeoutMs: number }): Promise<ReplicaLog> => {
  const nothing = (node: string | null, unavailable: string): ReplicaLog => ({ index: replica.index, node, text: "", unavailable });
  if (replica.taskId === null) return nothing(null, replica.problem ?? "it has no task yet");
  const task = await client.call(getTask, { id: replica.taskId });
  if (!task.ok) return nothing(replica.taskNode, task.failure.message);
  const { node, executionId, result, status, reason } = task.value;
  if (result !== null) return { index: replica.index, node: result.node, text: tail(result.stdout + result.stderr, tailBytes), unavailable: null };
  if (node === null || executionId === null) return nothing(node, `it runs nowhere: its task is ${status}, ${reason}`);
  const answer = await client.call(askAgent, { node, question: { kind: "logs", executionId, tailBytes } }, { address: node, timeoutMs });
  if (!answer.ok) return nothing(node, answer.failure.message);
  const body = logsAnswer.safeParse(answer.value.body);
  if (!body.success) return nothing(node, "the device answered something else than output");
  return { index: replica.index, node, text: tail(body.data, tailBytes), unavailable: null };
};
