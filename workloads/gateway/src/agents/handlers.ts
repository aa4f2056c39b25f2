import { type AgentSettings, askAgent, assignExecution, cancelExecution, configureAgent, failureOf } from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { type Handler, handle } from "@fogline/rpc";
import type { AgentConnection } from "./connection.ts";

/** The operations addressed to one node, answered over its connection of the moment. */
export const agentHandlers = (current: () => AgentConnection | undefined, configure: (settings: AgentSettings) => boolean): Handler[] => [
  handle(assignExecution, async ({ node, execution }) =>
    current()?.assign(execution) ? ok({}) : fail(failureOf(assignExecution, "gone", { node })),
  ),
  handle(cancelExecution, async ({ node, executionId, reason }) =>
    current()?.cancel(executionId, reason) ? ok({}) : fail(failureOf(cancelExecution, "gone", { node })),
  ),
  handle(askAgent, async ({ node, question }, { signal }) => {
    const answer = (await current()?.ask(question, signal)) ?? "gone";
    return answer === "gone" ? fail(failureOf(askAgent, "gone", { node })) : ok({ body: answer.body ?? null });
  }),
  handle(configureAgent, async ({ node, settings }) => (configure(settings) ? ok({}) : fail(failureOf(configureAgent, "gone", { node })))),
];
