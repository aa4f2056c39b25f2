import {
  type AgentAbility,
  type AgentQuestion,
  type AgentSettings,
  askAgent,
  assignExecution,
  cancelExecution,
  channelMessages,
  channelsMax,
  configureAgent,
  failureOf,
  openChannel,
  sendToChannel,
} from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { type Handler, handle, handleStream } from "@fogline/rpc";
import type { AgentConnection } from "./connection.ts";

type Current = () => AgentConnection | undefined;

/** What an agent must be able to, to be asked; every agent of the protocol can answer the rest. */
const abilityFor: { readonly [Kind in AgentQuestion["kind"]]: AgentAbility | null } = {
  logs: null,
  "agent-log": null,
  probe: null,
  reboot: "reboot",
  rotate: "rotate",
};

/** The operations addressed to one node, answered over its connection of the moment. */
export const agentHandlers = (current: Current, configure: (settings: AgentSettings) => boolean): Handler[] => [
  handle(assignExecution, async ({ node, execution }) =>
    current()?.assign(execution) ? ok({}) : fail(failureOf(assignExecution, "gone", { node })),
  ),
  handle(cancelExecution, async ({ node, executionId, reason }) =>
    current()?.cancel(executionId, reason) ? ok({}) : fail(failureOf(cancelExecution, "gone", { node })),
  ),
  handle(askAgent, async ({ node, question }, { signal }) => {
    const connection = current();
    const ability = abilityFor[question.kind];
    if (connection !== undefined && ability !== null && !connection.can(ability))
      return fail(failureOf(askAgent, "unable", { node, ability, agentVersion: connection.agentVersion }));
    const answer = (await connection?.ask(question, signal)) ?? "gone";
    return answer === "gone" ? fail(failureOf(askAgent, "gone", { node })) : ok({ body: answer.body ?? null });
  }),
  handle(configureAgent, async ({ node, settings }) => (configure(settings) ? ok({}) : fail(failureOf(configureAgent, "gone", { node })))),
  ...channelHandlers(current),
];

const channelHandlers = (current: Current): Handler[] => [
  handle(openChannel, async ({ node, channelId, purpose }, { signal }) => {
    const connection = current();
    if (connection === undefined) return fail(failureOf(openChannel, "gone", { node }));
    const { agentVersion } = connection;
    if (!connection.can(purpose.kind)) return fail(failureOf(openChannel, "unable", { node, ability: purpose.kind, agentVersion }));
    const opened = await connection.channels.open(channelId, purpose, signal);
    if (opened.kind === "opened") return ok({ terminal: opened.terminal });
    if (opened.kind === "gone") return fail(failureOf(openChannel, "gone", { node }));
    if (opened.kind === "too-many" || opened.code === "FL4152") return fail(failureOf(openChannel, "tooMany", { node, max: channelsMax }));
    return fail(failureOf(openChannel, opened.code === "FL4151" ? "refused" : "failed", { node, why: opened.message }));
  }),
  handle(sendToChannel, async ({ node, channelId, messages }) =>
    current()?.channels.send(channelId, messages) ? ok({}) : fail(failureOf(sendToChannel, "gone", { node })),
  ),
  handleStream(channelMessages, async ({ channelId }, { after, limit, signal }) => ({
    items: (await current()?.channels.page(channelId, after, limit, signal)) ?? [overAlready],
  })),
];

/** A channel that is not known here ended with its connection. */
const overAlready = {
  cursor: "over",
  item: { kind: "ended", exitCode: null, signal: null, reason: "the connection of the device ended" },
} as const;
