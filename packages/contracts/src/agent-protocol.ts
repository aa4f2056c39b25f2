import * as z from "zod/mini";
import { FromChannel, ToChannel } from "./agent-channel.ts";
import { DeviceCapabilities, DeviceState, EdgeMetrics } from "./device.ts";

// The frames between an agent and the hub, one JSON object per WebSocket message (text, 256 KiB at most). Written with zod/mini because the
// agent ships it. Receivers drop unknown keys and ignore unknown frame types, so that a new agent can talk to an old hub.

/** The only version so far; `hello` names it and the hub refuses one it does not know. */
export const agentProtocolVersion = 1;

/** What an agent is asked to run. `executionId` is `<taskId>.<attempt>` and names this attempt for ever: an agent never starts it twice. */
export const Execution = z.object({
  executionId: z.string().check(z.minLength(1)),
  taskId: z.string().check(z.minLength(1)),
  attempt: z.int().check(z.positive()),
  command: z.array(z.string()).check(z.minLength(1)),
  /** Runs in a container of this image where a runtime exists; without it the command runs as a process of the agent's user. */
  image: z.optional(z.string()),
  env: z.record(z.string(), z.string()),
  cpuCores: z.number().check(z.positive()),
  memoryBytes: z.int().check(z.positive()),
  processesMax: z.int().check(z.positive()),
  timeoutMs: z.nullable(z.int().check(z.positive())),
  outputBytesMax: z.int().check(z.nonnegative()),
  /** `never`: at most one execution of the task may ever start. `on-failure` and `always` restart on this device within the same execution. */
  restart: z.enum(["never", "on-failure", "always"]),
});

/** Why an execution ended. `interrupted`: the agent died while it ran and its outcome is not known. */
export const ExecutionOutcome = z.enum(["exited", "signalled", "timed-out", "out-of-memory", "cancelled", "could-not-start", "interrupted"]);

/** What an agent knows of an execution. `exitCode` is null unless `outcome` is `exited`. Output is UTF-8 text, cut at the limit. */
export const ExecutionReport = z.object({
  executionId: z.string(),
  taskId: z.string(),
  status: z.enum(["accepted", "running", "finished"]),
  atMs: z.int(),
  outcome: z.optional(ExecutionOutcome),
  exitCode: z.optional(z.nullable(z.int())),
  signal: z.optional(z.nullable(z.string())),
  stdout: z.optional(z.string()),
  stderr: z.optional(z.string()),
  outputTruncated: z.optional(z.boolean()),
  message: z.optional(z.string()),
});

export const AgentSettings = z.object({
  heartbeatMs: z.int().check(z.positive()),
  /** While somebody watches, the agent sends `sample` this often; null when nobody does. */
  sampleMs: z.nullable(z.int().check(z.positive())),
  tasksMax: z.int().check(z.nonnegative()),
});

/** Bounds a node's record, so that one device cannot make the list of all of them too large to travel. An id is a UUID, a dot and a number. */
export const HeldExecutions = z.array(z.string().check(z.maxLength(64))).check(z.maxLength(2_000));

export const FromAgent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("hello"),
    protocol: z.int(),
    nodeId: z.string(),
    /** New at every start of the agent process. */
    bootId: z.string(),
    agentVersion: z.string(),
    simulated: z.boolean(),
    capabilities: DeviceCapabilities,
    state: DeviceState,
    /** Executions that this agent holds now: accepted or running. What is not listed here is not running here. */
    executions: HeldExecutions,
    metrics: z.optional(EdgeMetrics),
    /** Where peers of the site reach this agent to confirm that it lives: host:port on the site's network. */
    probeAddress: z.nullable(z.string()),
    /** What it can beside what this protocol asks of every agent; none where an older agent says nothing. */
    abilities: z.optional(z.array(z.string().check(z.maxLength(64))).check(z.maxLength(64))),
  }),
  z.object({ type: z.literal("heartbeat"), state: DeviceState, executions: HeldExecutions, metrics: z.optional(EdgeMetrics) }),
  z.object({ type: z.literal("sample"), state: DeviceState, metrics: z.optional(EdgeMetrics) }),
  /** A durable entry of the agent's outbox; sent again until acknowledged. `sequence` grows by one per agent data folder. */
  z.object({ type: z.literal("report"), sequence: z.int().check(z.positive()), report: ExecutionReport }),
  z.object({ type: z.literal("answer"), requestId: z.string(), body: z.unknown() }),
  z.object({ type: z.literal("channel"), channelId: z.string(), message: FromChannel }),
  z.object({ type: z.literal("pong"), id: z.int() }),
  z.object({ type: z.literal("bye"), reason: z.string() }),
]);

/** A question from the hub to one agent, answered by `answer` with the same requestId. */
export const AgentQuestion = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("logs"), executionId: z.string(), tailBytes: z.int().check(z.positive()) }),
  /** The end of the agent's own log. An agent that does not know the question does not answer it. */
  z.object({ kind: z.literal("agent-log"), tailBytes: z.int().check(z.positive()) }),
  /** Restart the machine; without `force` not while something runs that may not be started again. Only to an agent with the ability. */
  z.object({ kind: z.literal("reboot"), force: z.boolean(), by: z.string().check(z.maxLength(200)) }),
  /** Have a new key and a new certificate, and connect with them. Only to an agent with the ability. */
  z.object({ kind: z.literal("rotate") }),
  z.object({ kind: z.literal("probe"), address: z.string(), nodeId: z.string(), timeoutMs: z.int().check(z.positive()) }),
]);

/** What becomes of `reboot` and `rotate`. `code` and `message` say why not. */
export const DeedAnswer = z.discriminatedUnion("done", [
  z.object({ done: z.literal(true) }),
  z.object({ done: z.literal(false), code: z.enum(["FL4151", "FL4154", "FL4155"]), message: z.string().check(z.maxLength(2_000)) }),
]);

export const FromHub = z.discriminatedUnion("type", [
  z.object({ type: z.literal("welcome"), hubVersion: z.string(), timeMs: z.int(), settings: AgentSettings, acknowledged: z.int() }),
  z.object({ type: z.literal("settings"), settings: AgentSettings }),
  z.object({ type: z.literal("assign"), execution: Execution }),
  z.object({ type: z.literal("cancel"), executionId: z.string(), reason: z.string() }),
  /** Everything up to and including this sequence is committed at the hub. */
  z.object({ type: z.literal("ack"), sequence: z.int() }),
  z.object({ type: z.literal("ask"), requestId: z.string(), question: AgentQuestion }),
  /** Only to an agent that named the ability in its hello. */
  z.object({ type: z.literal("channel"), channelId: z.string(), message: ToChannel }),
  z.object({ type: z.literal("ping"), id: z.int() }),
  z.object({ type: z.literal("refused"), code: z.string(), message: z.string() }),
]);

export type Execution = z.output<typeof Execution>;
export type ExecutionOutcome = z.output<typeof ExecutionOutcome>;
export type ExecutionReport = z.output<typeof ExecutionReport>;
export type AgentSettings = z.output<typeof AgentSettings>;
export type AgentQuestion = z.output<typeof AgentQuestion>;
export type DeedAnswer = z.output<typeof DeedAnswer>;
export type FromAgent = z.output<typeof FromAgent>;
export type FromHub = z.output<typeof FromHub>;
