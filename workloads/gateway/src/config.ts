import { shellSettings } from "@fogline/contracts";
import { z } from "zod";

const count = (min: number, max: number, fallback: number) => z.coerce.number().int().min(min).max(max).default(fallback);
const port = (fallback: number) => count(0, 65_535, fallback);

/** How replicas of a service may be chosen; `balance/strategies.ts` has what each does. */
const strategyNames = ["round-robin", "least-loaded", "weighted", "nearest", "latency-aware"] as const;
export type StrategyName = (typeof strategyNames)[number];

/** Settings of the gateway. */
export const gatewayConfig = z.strictObject({
  ...shellSettings,
  /** Port for people: HTTP API and pages; 0 takes any free one. */
  httpPort: port(3_000),
  httpHost: z.string().default("127.0.0.1"),
  /** Port for agents: WebSocket; 0 takes any free one. */
  agentPort: port(8_091),
  agentHost: z.string().default("127.0.0.1"),
  /** Largest request body; a larger one is refused with FL4006. */
  bodyBytesMax: count(1_024, 16_777_216, 262_144),
  /** Longest request head; a longer one is refused with FL4018. */
  headerBytesMax: count(1_024, 1_048_576, 16_384),
  /** How long a client may take to send its request; then the connection is closed. */
  requestTimeoutMs: count(100, 600_000, 30_000),
  /** Connections of people at most, idle ones included; one more is closed at once. */
  connectionsMax: count(1, 1_000_000, 12_000),
  /** How long a connection without a request stays open. */
  keepAliveTimeoutMs: count(100, 3_600_000, 72_000),
  /** How often every WebSocket of a person is pinged; one that did not answer the last ping is ended. */
  webSocketPingMs: count(100, 600_000, 15_000),
  /** Entries of the audit that are kept; the oldest above are dropped. */
  auditKept: count(1_000, 100_000_000, 500_000),
  /** How replicas of a service are chosen. */
  balance: z.enum(strategyNames).default("least-loaded"),
  /** How replicas are chosen for single types of services, over `balance`. */
  balanceByService: z.record(z.string(), z.enum(strategyNames)).default({}),
  /** Requests a second that one principal may send on average. */
  principalRatePerSecond: count(1, 1_000_000, 200),
  /** Requests a second that one address may send on average, whoever it speaks for. */
  addressRatePerSecond: count(1, 1_000_000, 500),
  /** For how many seconds of the average a burst may be. */
  rateBurstSeconds: count(1, 3_600, 5),
  /** Refused sign-ins a minute from one address; more are refused with FL4007. */
  signInFailuresPerMinute: count(1, 1_000_000, 30),
  /** Events kept for clients that reconnect; a client that missed more starts from a reset. */
  feedItemsMax: count(10, 1_000_000, 5_000),
  /** Bytes of JSON that those events have at most. */
  feedBytesMax: count(1_024, 1_073_741_824, 16_777_216),
  /** How often agents send a sample while somebody watches. */
  sampleMs: count(100, 600_000, 2_000),
  /** How long after the last watcher agents go on sending samples. */
  watchLingerMs: count(0, 600_000, 5_000),
  /** How long a new connection has for its hello. */
  helloTimeoutMs: count(10, 60_000, 5_000),
  /** How often every agent is pinged. */
  pingMs: count(10, 60_000, 2_000),
  /** Pings in a row without a sign of life after which the connection counts as lost. */
  pingsMissedMax: count(1, 100, 2),
  /** Largest frame an agent may send; a larger one closes the connection with code 1009. */
  frameBytesMax: count(1_024, 16_777_216, 262_144),
  /** Bytes that wait for a slow agent, or for the slow reader of a stream, at most; above it is disconnected. */
  outboundBytesMax: count(1_024, 1_073_741_824, 4_194_304),
  /** Reports of one agent that wait for their commit at most; above it is disconnected and sends them again. */
  reportsMax: count(1, 1_000_000, 1_024),
  /** Frames a second that one agent may send on average; more are refused with FL4007 and the connection is closed. */
  framesPerSecond: count(1, 1_000_000, 500),
  /** Questions to one agent that wait for their answer at most. */
  questionsMax: count(1, 100_000, 64),
  /** Open connections of agents at most, those without a hello included. */
  agentsMax: count(1, 1_000_000, 10_000),
});

export type GatewayConfig = z.output<typeof gatewayConfig>;
