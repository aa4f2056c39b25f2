import { type AgentQuestion, askAgent, DeedAnswer } from "@fogline/contracts";
import type { Client } from "@fogline/rpc";

type Deed = Extract<AgentQuestion, { kind: "reboot" | "rotate" }>;

/** What became of a deed that a device was asked for. */
export type DeedOutcome =
  | { readonly kind: "done" | "gone" }
  | { readonly kind: "unable"; readonly ability: string; readonly agentVersion: string }
  | { readonly kind: "refused" | "busy" | "failed"; readonly why: string };

/** Asked once: a device that restarts twice is not what anybody wants. */
const askOnce = { ...askAgent, idempotency: "none" } as const;
const answerMs = 15_000;
const kinds = { FL4151: "refused", FL4154: "busy", FL4155: "failed" } as const;

/** Has a device do something, over its connection of now. */
export const askDeed = async (client: Client, node: string, question: Deed): Promise<DeedOutcome> => {
  const asked = await client.call(askOnce, { node, question }, { address: node, timeoutMs: answerMs, attemptsMax: 1 });
  if (!asked.ok) {
    const { error, message, fields } = asked.failure;
    if (error === "unable") return { kind: "unable", ability: fields.ability, agentVersion: fields.agentVersion };
    return error === "timeout" ? { kind: "failed", why: `no answer within ${answerMs / 1_000} s (${message})` } : { kind: "gone" };
  }
  const answer = DeedAnswer.safeParse(asked.value.body);
  if (!answer.success) return { kind: "failed", why: "it answered something else" };
  return answer.data.done ? { kind: "done" } : { kind: kinds[answer.data.code], why: answer.data.message };
};
