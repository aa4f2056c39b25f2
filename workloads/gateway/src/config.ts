import { shellSettings } from "@fogline/contracts";
import { z } from "zod";

const count = (min: number, max: number, fallback: number) => z.coerce.number().int().min(min).max(max).default(fallback);
const port = (fallback: number) => count(0, 65_535, fallback);

/** How replicas of a service may be chosen; `balance/strategies.ts` has what each does. */
const strategyNames = ["round-robin", "least-loaded", "weighted", "nearest", "latency-aware"] as const;
export type StrategyName = (typeof strategyNames)[number];

const loopback: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

const cidr = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]);
const isListOfRanges = (text: string): boolean => text.split(",").every((range) => range.trim() === "" || cidr.safeParse(range.trim()).success);

/** Settings of the gateway. */
export const gatewayConfig = z
  .strictObject({
    ...shellSettings,
    /** File of the SQLite database; used when `databaseUrl` is absent. */
    databasePath: z.string().min(1).default("gateway.sqlite"),
    /** PostgreSQL to use instead of a file. */
    databaseUrl: z.string().min(1).meta({ secret: true }).optional(),
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
    /** Port for agents: mutual TLS, WebSocket; 0 takes any free one. */
    agentPort: port(8_091),
    agentHost: z.string().default("127.0.0.1"),
    /** Host names and addresses that agents use, separated by commas; the certificate of the agents' port holds them, and tokens name the first. */
    agentNames: z
      .string()
      .regex(/^([A-Za-z0-9.:-]+(,[A-Za-z0-9.:-]+)*)?$/, "host names and addresses, separated by commas")
      .default(""),
    /** Where agents connect, when that is not `wss://<first name>:<agentPort>/agent`: behind a proxy that passes TLS through, or a mapped port. */
    agentUrl: z
      .string()
      .regex(/^(wss:\/\/\S+)?$/, "an address that begins with wss://")
      .max(512)
      .default(""),
    /** Names the fleet in the certificates of its devices: `spiffe://<trustDomain>/node/<id>`. */
    trustDomain: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?$/, "lower case letters, digits, dots, dashes and underscores")
      .default("fogline"),
    /** How long the certificate of a device is valid; its agent renews it after two thirds of that. */
    certificateLifetimeMs: count(1_000, 31_536_000_000, 2_592_000_000),
    /** How long after its end a certificate can still be renewed; later the device needs a new token. */
    renewalGraceMs: count(0, 31_536_000_000, 2_592_000_000),
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
    /** Wrong passwords a minute for one user name, wherever they come from; more are refused with FL4007. */
    passwordFailuresPerMinute: count(1, 1_000_000, 10),
    /** How long an access token is valid: what it says of a person's role can be this old at a service that does not ask. */
    accessTokenMs: count(10_000, 3_600_000, 600_000),
    /** How long a session lasts that nobody uses. */
    sessionIdleMs: count(60_000, 31_536_000_000, 604_800_000),
    /** How long a session lasts at most; then one signs in again. */
    sessionMsMax: count(60_000, 31_536_000_000, 2_592_000_000),
    /** How long one key signs access tokens before the next one does. */
    signingKeyMs: count(300_000, 31_536_000_000, 2_592_000_000),
    /** The identity provider (OpenID Connect): its issuer URL. Without it people sign in here alone. */
    oidcIssuer: z.url({ protocol: /^https?$/ }).optional(),
    oidcClientId: z.string().min(1).optional(),
    /** Absent for a public client, which proves itself with PKCE alone. */
    oidcClientSecret: z.string().min(1).optional().meta({ secret: true }),
    /** What the pages call the provider. */
    oidcName: z.string().min(1).max(64).default("single sign-on"),
    /** The claim of the ID token that says who is an admin, and the value that does. Without it everybody is a user until an admin says otherwise. */
    oidcAdminClaim: z.string().min(1).optional(),
    oidcAdminValue: z.string().min(1).optional(),
    /** Where the provider sends people back to; /api/auth/oidc/callback below publicUrl when absent. */
    oidcCallbackUrl: z.url({ protocol: /^https?$/ }).optional(),
    /** Events kept for clients that reconnect; a client that missed more starts from a reset. */
    feedItemsMax: count(10, 1_000_000, 5_000),
    /** Bytes of JSON that those events have at most. */
    feedBytesMax: count(1_024, 1_073_741_824, 16_777_216),
    /** How often a busy feed is sent on at most; what comes meanwhile goes together. */
    feedEveryMs: count(0, 60_000, 50),
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
    /** How long a shell on a device may be without a byte either way; then it ends. */
    shellIdleMs: count(1_000, 86_400_000, 900_000),
    /** The folder where shells on devices are recorded; without it none is opened. */
    transcriptsFolder: z.string().min(1).optional(),
    /** Bytes of one transcript; a session whose transcript is full ends. */
    transcriptBytesMax: count(1_024, 1_073_741_824, 67_108_864),
    /** Transcripts that are kept; the oldest above are removed. */
    transcriptsKept: count(1, 100_000, 500),
    /** Bytes of all files of a support bundle at most, before they are packed. */
    supportBundleBytesMax: count(65_536, 1_073_741_824, 16_777_216),
    /** Open connections of agents at most, those without a hello included. */
    agentsMax: count(1, 1_000_000, 10_000),
  })
  .refine((config) => config.oidcIssuer === undefined || config.oidcClientId !== undefined, {
    path: ["oidcClientId"],
    error: "is needed with oidcIssuer",
  })
  .refine((config) => config.oidcIssuer === undefined || (config.oidcCallbackUrl ?? config.publicUrl) !== undefined, {
    path: ["oidcCallbackUrl"],
    error: "or publicUrl is needed with oidcIssuer",
  })
  .refine(({ oidcIssuer = "https://any" }) => oidcIssuer.startsWith("https:") || loopback.has(new URL(oidcIssuer).hostname), {
    path: ["oidcIssuer"],
    error: "must be https, unless it is on this machine",
  })
  .refine((config) => (config.oidcAdminClaim === undefined) === (config.oidcAdminValue === undefined), {
    path: ["oidcAdminValue"],
    error: "goes with oidcAdminClaim: both or neither",
  });

export type GatewayConfig = z.output<typeof gatewayConfig>;
