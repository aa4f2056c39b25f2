import { z } from "zod";
import { AgentQuestion, AgentSettings, Execution, ExecutionReport } from "./agent-protocol.ts";
import { errorOf, operation } from "./kernel/declaration.ts";
import { NodeId } from "./nodes.ts";

// Operations addressed to one agent. The gateway replica that holds the agent's connection serves them under the address of the node id, so
// a node that is not connected anywhere has no responder and the caller learns it at once.

const gone = errorOf("FL4009", z.object({ node: z.string() }), ({ node }) => `node "${node}" closed its connection`);

const unable = errorOf(
  "FL4150",
  z.object({ node: z.string(), ability: z.string(), agentVersion: z.string() }),
  ({ node, ability, agentVersion }) => `the agent of ${node} (version ${agentVersion}) does not know how: ${ability}`,
);

export const assignExecution = operation({
  name: "agents.assign",
  summary: "Hand an execution to the agent. Answered when the frame was written; the agent's own report says that it accepted.",
  role: "service",
  idempotency: "natural",
  request: z.object({ node: NodeId, execution: Execution }),
  response: z.object({}),
  errors: { gone },
});

export const cancelExecution = operation({
  name: "agents.cancel",
  summary: "Ask the agent to end an execution.",
  role: "service",
  idempotency: "natural",
  request: z.object({ node: NodeId, executionId: z.string(), reason: z.string() }),
  response: z.object({}),
  errors: { gone },
});

export const askAgent = operation({
  name: "agents.ask",
  summary: "Ask the agent a question and wait for its answer.",
  role: "service",
  idempotency: "safe",
  timeoutMs: 10_000,
  request: z.object({ node: NodeId, question: AgentQuestion }),
  response: z.object({ body: z.unknown() }),
  errors: { gone, unable },
});

export const configureAgent = operation({
  name: "agents.configure",
  summary: "Change how the agent behaves, without a restart.",
  role: "service",
  idempotency: "natural",
  request: z.object({ node: NodeId, settings: AgentSettings }),
  response: z.object({}),
  errors: { gone },
});

/** Served by the scheduler. Its answer is the acknowledgement that the gateway passes on, so it is given only after the commit. */
export const reportExecution = operation({
  name: "executions.report",
  summary: "What an agent knows of an execution, from its durable outbox.",
  role: "service",
  idempotency: "natural",
  request: z.object({ node: NodeId, report: ExecutionReport }),
  response: z.object({}),
});
