import { askAgent, type NodeRecord } from "@fogline/contracts";
import type { Client } from "@fogline/rpc";
import { z } from "zod";
import { tail } from "../tail.ts";

/** How long an agent has to answer: less than `nodes.logs` has. */
const answerMs = 8_000;
/** Asked once: whoever waits for the answer can ask again. */
const askOnce = { ...askAgent, idempotency: "none" } as const;

/** What an agent answers to the question for its own log; other keys are dropped. */
const logAnswer = z.object({ text: z.string() });

export interface AgentLogEnd {
  readonly text: string;
  /** Why there is no text. */
  readonly unavailable: string | null;
}

/** The end of the log that an agent keeps of itself, asked of it now. */
export const agentLogOf = async (client: Client, node: NodeRecord, tailBytes: number): Promise<AgentLogEnd> => {
  const { id, status, reason, agentVersion } = node;
  const nothing = (unavailable: string): AgentLogEnd => ({ text: "", unavailable });
  if (status === "never-seen") return nothing(`${id} has never connected: ${reason}`);
  if (status === "offline") return nothing(`${id} is offline: ${reason}`);
  // Agents that keep their log say how they fare, too; an older one would not answer, and whoever asks would wait in vain.
  if (node.metrics === null) return nothing(`the agent of ${id} (version ${agentVersion}) is too old to send its log`);
  const answer = await client.call(askOnce, { node: id, question: { kind: "agent-log", tailBytes } }, { address: id, timeoutMs: answerMs });
  if (!answer.ok) {
    const silent = answer.failure.error === "timeout";
    return nothing(silent ? `${id} did not answer within ${answerMs / 1_000} s` : `${id} cannot be asked: ${answer.failure.message}`);
  }
  const body = logAnswer.safeParse(answer.value.body);
  return body.success ? { text: tail(body.data.text, tailBytes), unavailable: null } : nothing(`${id} answered something else than its log`);
};
