import { shellSettings } from "@fogline/contracts";
import { z } from "zod";

const count = (min: number, max: number, fallback: number) => z.coerce.number().int().min(min).max(max).default(fallback);
const port = (fallback: number) => count(0, 65_535, fallback);

const cidr = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]);
const isListOfRanges = (text: string): boolean => text.split(",").every((range) => range.trim() === "" || cidr.safeParse(range.trim()).success);

/** Settings of the gateway. */
export const gatewayConfig = z.strictObject({
  ...shellSettings,
  /** Port for people: HTTP API and pages; 0 takes any free one. */
  httpPort: port(3_000),
  /** Without TLS, and without proxies that do it, only the loopback is accepted. */
  httpHost: z.string().default("127.0.0.1"),
  /** What people have in their address bar, as `https://fog.example.org`; what the ports say when absent. */
  publicUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** Addresses and CIDRs of the proxies that do TLS in front, separated by commas: only their X-Forwarded-For and X-Forwarded-Proto count. */
  trustedProxies: z.string().max(4_096).refine(isListOfRanges, "addresses or CIDRs, separated by commas").default(""),
  /** The oldest TLS that the people's port speaks, 1.2 or 1.3. */
  tlsVersionMin: z.enum(["1.2", "1.3"]).default("1.2"),
  /** Port for agents: WebSocket; 0 takes any free one. */
  agentPort: port(8_091),
  agentHost: z.string().default("127.0.0.1"),
  /** Largest request body; a larger one is refused with FL4006. */
  bodyBytesMax: count(1_024, 16_777_216, 262_144),
  /** Longest request head; a longer one is refused with FL4018. */
  headerBytesMax: count(1_024, 1_048_576, 16_384),
  /** How long a client may take to send its request; then the connection is closed. */
  requestTimeoutMs: count(100, 600_000, 30_000),
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
  /** Bytes that wait for a slow agent at most; above it is disconnected. */
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
