import { z } from "zod";
import { ChannelPurpose, ChannelSignal, FromChannel, ShellCommand, Terminal, TerminalSize, ToChannel } from "./agent-channel.ts";
import { errorOf, operation, stream } from "./kernel/declaration.ts";
import { NodeId } from "./nodes.ts";

// Remote hands: what is done on a device through its agent's own connection. The gateway that holds the connection serves the operations of channels
// under the address of the node id; the gateway where the person is uses them.

const node = z.object({ node: NodeId });
const channel = z.object({ node: NodeId, channelId: z.string() });

const gone = errorOf("FL4009", node, ({ node }) => `${node} is not connected`);
const unable = errorOf(
  "FL4150",
  z.object({ node: NodeId, ability: z.string(), agentVersion: z.string() }),
  ({ node, ability, agentVersion }) => `the agent of ${node} (version ${agentVersion}) does not know how: ${ability}`,
);
const refused = errorOf("FL4151", z.object({ node: NodeId, why: z.string() }), ({ node, why }) => `${node} refuses: ${why}`);
const tooMany = errorOf(
  "FL4152",
  z.object({ node: NodeId, max: z.int() }),
  ({ node, max }) => `${max} sessions are open on ${node}, which is the most`,
);
const failed = errorOf("FL4155", z.object({ node: NodeId, why: z.string() }), ({ node, why }) => `${node} could not: ${why}`);

export const openChannel = operation({
  name: "agents.channel-open",
  summary: "Open a channel to something on a device.",
  role: "service",
  idempotency: "none",
  timeoutMs: 15_000,
  request: channel.extend({ purpose: ChannelPurpose }),
  response: z.object({ terminal: z.boolean() }),
  errors: { gone, unable, refused, tooMany, failed },
});

export const sendToChannel = operation({
  name: "agents.channel-send",
  summary: "Say something in a channel. Answered when the frames were written.",
  role: "service",
  idempotency: "none",
  request: channel.extend({ messages: z.array(ToChannel).max(16) }),
  response: z.object({}),
  errors: { gone },
});

export const channelMessages = stream({
  name: "agents.channel-messages",
  summary: "What the device says in a channel. Asking for what follows a cursor forgets what came before it.",
  role: "service",
  request: channel,
  item: FromChannel,
});

// The WebSocket `/api/nodes/<id>/shell` and `/api/nodes/<id>/support-bundle`. The first message is a `RemoteRequest`. Text messages are JSON, one of
// `ToShell` or `FromShell`; binary messages are bytes: towards the device input, from it one byte that says which stream (1 or 2), then output.

export const ShellRequest = z.object({ command: z.nullable(ShellCommand), terminal: z.nullable(Terminal) });

export const ToShell = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("end") }),
  z.object({ kind: z.literal("resize"), size: TerminalSize }),
  z.object({ kind: z.literal("signal"), name: ChannelSignal }),
  /** So many bytes of output were passed on, in all. */
  z.object({ kind: z.literal("taken"), bytes: z.int().min(0) }),
]);

export const FromShell = z.discriminatedUnion("kind", [
  /** `session` names it in the audit. */
  z.object({ kind: z.literal("opened"), session: z.string(), terminal: z.boolean() }),
  z.object({ kind: z.literal("refused"), code: z.string(), message: z.string() }),
  /** So many bytes of input were passed on, in all. */
  z.object({ kind: z.literal("taken"), bytes: z.int() }),
  z.object({ kind: z.literal("ended"), exitCode: z.int().nullable(), signal: z.string().nullable(), reason: z.string() }),
]);

export type ShellRequest = z.output<typeof ShellRequest>;
export type ToShell = z.output<typeof ToShell>;
export type FromShell = z.output<typeof FromShell>;
