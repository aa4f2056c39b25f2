import { z } from "zod";
import { ChannelPurpose, ChannelSignal, FromChannel, ShellCommand, Terminal, TerminalSize, ToChannel } from "./agent-channel.ts";
import { Enrolment } from "./enrolment.ts";
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

/** Why a device is away. `answer` first, then what speaks for it, what to do next, and what may have to do with it too. */
export const OfflineExplanation = z.object({
  id: NodeId,
  cause: z.enum([
    ...["online", "never-enrolled", "token-waits", "token-expired", "never-came", "revoked", "version", "certificate-ended", "refused"],
    ...["clock", "goodbye", "hub-restarted", "site", "battery", "heat", "disk", "link", "alone", "unknown"],
  ] as const),
  answer: z.string(),
  because: z.array(z.string()),
  next: z.array(z.string()),
  also: z.array(z.string()),
});

const notFound = errorOf("FL4004", z.object({ id: z.string() }), ({ id }) => `no node "${id}"`);

export const explainNode = operation({
  name: "nodes.why",
  summary: "Why a device is away, from what the hub knows: how it left, its certificates, its neighbours, its last samples.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/nodes/:id/why" },
  request: z.object({ id: NodeId }),
  response: OfflineExplanation,
  errors: { notFound },
});

const busy = errorOf("FL4154", z.object({ node: NodeId, why: z.string() }), ({ node, why }) => `${node} is busy: ${why}`);

export const rebootNode = operation({
  name: "nodes.reboot",
  summary: "Have the machine of a device restart. Drain it first; it says goodbye, and comes back with another boot id.",
  role: "admin",
  idempotency: "none",
  timeoutMs: 20_000,
  http: { method: "POST", path: "/api/nodes/:id/reboot" },
  /** Without `force` a device refuses while it runs what may not be started again. */
  request: z.object({ id: NodeId, force: z.boolean().default(false) }),
  /** What the device was before: another boot id says that it is back. */
  response: z.object({ bootId: z.string().nullable(), askedAtMs: z.int() }),
  errors: { notFound, gone, unable, refused, busy, failed },
});

export const rotateCertificate = operation({
  name: "certificates.rotate",
  summary:
    "Have a device make a new key and certificate; those before are revoked once the new one was used. A device that is away does it when it comes back.",
  role: "admin",
  idempotency: "natural",
  timeoutMs: 20_000,
  http: { method: "POST", path: "/api/nodes/:id/rotate" },
  request: z.object({ id: NodeId }),
  response: z.object({ state: z.enum(["asked", "waiting"]), reason: z.string() }),
  errors: { notFound, unable, failed },
});

export const decommissionNode = operation({
  name: "nodes.decommission",
  summary: "Lock a device out for good: certificates, enrolment tokens and sessions end, and nothing is placed on it any more.",
  role: "admin",
  idempotency: "natural",
  http: { method: "POST", path: "/api/nodes/:id/decommission" },
  request: z.object({ id: NodeId }),
  response: z.object({ revoked: z.int(), tokens: z.int(), drained: z.boolean() }),
  errors: { notFound },
});

export const replaceNode = operation({
  name: "nodes.replace",
  summary: "Give the slot of a dead device to a new board: what the old one has is worthless, and a one-time token is made for the new one.",
  role: "admin",
  idempotency: "none",
  http: { method: "POST", path: "/api/nodes/:id/replace" },
  request: z.object({ id: NodeId, ttlMs: z.coerce.number().int().min(60_000).max(604_800_000).default(3_600_000) }),
  response: Enrolment.extend({ token: z.string(), command: z.string(), revoked: z.int() }),
  errors: { notFound },
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

export type OfflineExplanation = z.output<typeof OfflineExplanation>;
export type ShellRequest = z.output<typeof ShellRequest>;
export type ToShell = z.output<typeof ToShell>;
export type FromShell = z.output<typeof FromShell>;
