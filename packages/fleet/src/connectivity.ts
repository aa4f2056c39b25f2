import { MEBIBYTE } from "@fogline/units";
import * as cost from "./line-costs.ts";

/** The connectivity profiles that need no declaration. */
export const connectivityNames = ["always", "metered", "intermittent", "air-gapped"] as const;
export type ConnectivityName = (typeof connectivityNames)[number];

/** What is known of a line. Everything else that a profile says follows from these and from its word. */
interface LineFacts {
  /** The longest time without a connection that the place must survive unharmed. */
  readonly outageMs: number;
  /** Traffic allowed in a day; absent where nothing is counted. */
  readonly budgetBytesPerDay?: number;
  readonly bandwidthBytesPerSecond: number;
  readonly latencyMs: number;
  /** How often Flux asks, where a person says so; it holds whatever the budget is, and `check` compares the sum. */
  readonly intervalStatedMs?: number;
}

/** Everything that one connectivity word decides, for Flux, pulls, reports, buffers and certificates of a place. */
export interface ConnectivityProfile extends LineFacts {
  readonly name: string;
  /** The built-in profile it is or refines. */
  readonly base: ConnectivityName;
  /** Where Flux gets the tree: a Git branch, an OCI artifact (one small download), or a bundle that people carry. */
  readonly source: "git" | "oci" | "bundle";
  readonly intervalMs: number;
  /** Spread of the interval as a fraction, so that a thousand sites do not ask at once. */
  readonly jitterFraction: number;
  /** Always shorter than the interval. */
  readonly retryIntervalMs: number;
  /** Half as long again as a pull of {@link cost.REFERENCE_IMAGE_BYTES} over the line, at least. */
  readonly timeoutMs: number;
  readonly pullPolicy: "IfNotPresent" | "Never";
  /** Whether source-controller keeps its artifacts on disk; without, they are gone after a reboot offline. */
  readonly persistentSource: boolean;
  /** Whether the next ring's images are pulled ahead, inside the budget. */
  readonly prePull: boolean;
  /** How often metrics are read and devices report: sparser on a small budget, on a slow line, and where a long outage would not fit the log. */
  readonly reportIntervalMs: number;
  /** Samples that wait in memory to be sent; the others wait in the log. */
  readonly metricsQueueSamples: number;
  /** Size of the write-ahead log of metrics, of a place with {@link cost.REFERENCE_SERIES} series. */
  readonly metricsLogBytes: number;
  /** How long the log goes back: longer than `outageMs`, unless the log has its greatest size. */
  readonly metricsRetentionMs: number;
  /** What a node may log in a day, uncompressed; more is dropped where traffic is counted. */
  readonly logNodeBytesPerDay: number;
  /** What of it a node keeps while the line is away. */
  readonly logBufferBytes: number;
  readonly certificateLifetimeMs: number;
  /** A certificate is renewed this long before it ends; always longer than `outageMs`. */
  readonly certificateRenewBeforeMs: number;
}

/** What a fleet file may change about a built-in profile. */
export interface ConnectivityChanges {
  readonly budgetBytesPerDay?: number;
  readonly outageMs?: number;
  readonly bandwidthBytesPerSecond?: number;
  readonly latencyMs?: number;
  readonly intervalMs?: number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What a word means beside its line: what is wanted as far as the line allows it, and the most that may be spent. */
interface Habit extends LineFacts, Pick<ConnectivityProfile, "source" | "jitterFraction" | "pullPolicy" | "persistentSource" | "prePull"> {
  readonly intervalMs: number;
  readonly reportIntervalMs: number;
  readonly timeoutMsMin: number;
  readonly certificateLifetimeMsMin: number;
  readonly metricsLogBytesMax: number;
  readonly logBufferBytesMax: number;
}

const mayBeAway = { persistentSource: true, prePull: true, pullPolicy: "IfNotPresent", source: "oci" } as const;

/** The built-in words. Total: a new name does not compile until it has a row. */
const habits: { readonly [Name in ConnectivityName]: Habit } = {
  always: {
    ...{ source: "git", pullPolicy: "IfNotPresent", persistentSource: false, prePull: false },
    ...{ outageMs: HOUR_MS, bandwidthBytesPerSecond: 12_500_000, latencyMs: 20 },
    ...{ intervalMs: MINUTE_MS, jitterFraction: 0.1, reportIntervalMs: 30 * SECOND_MS, timeoutMsMin: 5 * MINUTE_MS },
    ...{ certificateLifetimeMsMin: 30 * DAY_MS, metricsLogBytesMax: 256 * MEBIBYTE, logBufferBytesMax: 64 * MEBIBYTE },
  },
  metered: {
    ...mayBeAway,
    ...{ outageMs: DAY_MS, budgetBytesPerDay: 500_000_000, bandwidthBytesPerSecond: 1_250_000, latencyMs: 60 },
    ...{ intervalMs: 30 * MINUTE_MS, jitterFraction: 0.2, reportIntervalMs: 5 * MINUTE_MS, timeoutMsMin: 30 * MINUTE_MS },
    ...{ certificateLifetimeMsMin: 90 * DAY_MS, metricsLogBytesMax: 512 * MEBIBYTE, logBufferBytesMax: 256 * MEBIBYTE },
  },
  intermittent: {
    ...mayBeAway,
    ...{ outageMs: 3 * DAY_MS, bandwidthBytesPerSecond: 625_000, latencyMs: 150 },
    ...{ intervalMs: 10 * MINUTE_MS, jitterFraction: 0.3, reportIntervalMs: MINUTE_MS, timeoutMsMin: HOUR_MS },
    ...{ certificateLifetimeMsMin: 90 * DAY_MS, metricsLogBytesMax: 1024 * MEBIBYTE, logBufferBytesMax: 512 * MEBIBYTE },
  },
  "air-gapped": {
    ...{ ...mayBeAway, source: "bundle", pullPolicy: "Never" },
    ...{ outageMs: 90 * DAY_MS, bandwidthBytesPerSecond: 12_500_000, latencyMs: 5 },
    ...{ intervalMs: HOUR_MS, jitterFraction: 0, reportIntervalMs: MINUTE_MS, timeoutMsMin: HOUR_MS },
    ...{ certificateLifetimeMsMin: 365 * DAY_MS, metricsLogBytesMax: 1024 * MEBIBYTE, logBufferBytesMax: 4096 * MEBIBYTE },
  },
};

/** Shares of what the line carries in a day that a place of the reference size may take, half of it in sum: the rest is for images and data. */
export const lineShares = { reports: 0.1, metrics: 0.2, logs: 0.15, polls: 0.05 } as const;

/** Share of a line's bandwidth that counts as what it carries, where no budget says less: the line is there for others. */
const bandwidthShare = 0.1;

/** Flux refuses an interval below a minute, and a day without a question is as good as none. */
export const intervalBoundsMs = { min: MINUTE_MS, max: DAY_MS } as const;
/** The bound of agents and hubs, and the longest pause for the sake of the log: graphs look back five minutes for a sample. */
export const reportIntervalMsMax = HOUR_MS;
const reportIntervalForLogMsMax = 5 * MINUTE_MS;

/** Beyond an outage, so that what was kept is also sent before it is too old. */
const reserve = 1.25;
const metricsLogBytesMin = 64 * MEBIBYTE;
const metricsRetentionMsMin = 4 * HOUR_MS;
const logBufferBytesMin = 16 * MEBIBYTE;
const logNodeBytesPerDayMin = 100_000;

const between = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));
const wholeSeconds = (ms: number): number => Math.ceil(ms / SECOND_MS) * SECOND_MS;

/** How often something of a size may be sent, so that it takes its share of a day's traffic. */
const pauseMs = (bytes: number, bytesPerDay: number): number => (bytes * DAY_MS) / Math.max(1, bytesPerDay);

/** How long a pull of an image takes over the line of a profile, when nobody else uses it. */
export const pullMs = (
  { bandwidthBytesPerSecond, latencyMs }: Pick<LineFacts, "bandwidthBytesPerSecond" | "latencyMs">,
  imageBytes: number,
): number => Math.ceil((imageBytes / Math.max(1, bandwidthBytesPerSecond)) * SECOND_MS) + cost.PULL_ROUND_TRIPS * latencyMs;

/** The bytes of log that a place writes in a time, at one sample of each series every `reportIntervalMs`. */
export const metricsLogBytesFor = (series: number, reportIntervalMs: number, forMs: number): number =>
  Math.ceil((series * cost.LOGGED_SAMPLE_BYTES * forMs) / reportIntervalMs);

const reportInterval = (habit: Habit, { outageMs }: LineFacts, bytesPerDay: number): number => {
  const forLine = Math.max(
    pauseMs(cost.REFERENCE_DEVICES * cost.REPORT_BYTES, lineShares.reports * bytesPerDay),
    pauseMs(cost.REFERENCE_SERIES * cost.SAMPLE_BYTES, lineShares.metrics * bytesPerDay),
  );
  const forLog = (outageMs * reserve * cost.REFERENCE_SERIES * cost.LOGGED_SAMPLE_BYTES) / habit.metricsLogBytesMax;
  const wanted = Math.max(habit.reportIntervalMs, forLine, Math.min(forLog, reportIntervalForLogMsMax));
  return Math.min(wholeSeconds(wanted), reportIntervalMsMax);
};

const metricsOf = (habit: Habit, outageMs: number, reportIntervalMs: number) => {
  const retentionMs = Math.max(wholeSeconds(outageMs * reserve), metricsRetentionMsMin);
  const wanted = metricsLogBytesFor(cost.REFERENCE_SERIES, reportIntervalMs, retentionMs);
  const metricsLogBytes = between(wanted, metricsLogBytesMin, habit.metricsLogBytesMax);
  const holdsMs = Math.floor((metricsLogBytes * reportIntervalMs) / (cost.REFERENCE_SERIES * cost.LOGGED_SAMPLE_BYTES) / SECOND_MS) * SECOND_MS;
  // Five minutes of samples: what a pause between two attempts gathers at most. An attempt sends 2,000.
  const queued = cost.REFERENCE_SERIES * Math.ceil((5 * MINUTE_MS) / reportIntervalMs);
  return { metricsLogBytes, metricsRetentionMs: Math.min(retentionMs, holdsMs), metricsQueueSamples: between(queued, 10_000, 100_000) };
};

/** Everything that follows from a word and a line. Nothing of a profile comes from anywhere else, so that no two values contradict each other. */
const derive = (base: ConnectivityName, name: string, facts: LineFacts): ConnectivityProfile => {
  const habit = habits[base];
  const { outageMs, budgetBytesPerDay = Number.POSITIVE_INFINITY, bandwidthBytesPerSecond } = facts;
  const bytesPerDay = Math.min(budgetBytesPerDay, (bandwidthBytesPerSecond * bandwidthShare * DAY_MS) / SECOND_MS);
  const intervalWantedMs = Math.max(habit.intervalMs, pauseMs(cost.POLL_BYTES[habit.source], lineShares.polls * bytesPerDay));
  const intervalMs = between(facts.intervalStatedMs ?? wholeSeconds(intervalWantedMs), intervalBoundsMs.min, intervalBoundsMs.max);
  const reportIntervalMs = reportInterval(habit, facts, bytesPerDay);
  const logNodeBytesPerDay = Math.floor(
    between((lineShares.logs * bytesPerDay * cost.LOG_COMPRESSION) / cost.REFERENCE_NODES, logNodeBytesPerDayMin, cost.LOG_NODE_BYTES_PER_DAY),
  );
  const certificateLifetimeMs = Math.max(habit.certificateLifetimeMsMin, 3 * outageMs);
  const { source, jitterFraction, pullPolicy, persistentSource, prePull } = habit;
  return Object.freeze({
    ...{ name, base, ...facts, source, jitterFraction, pullPolicy, persistentSource, prePull, intervalMs, reportIntervalMs },
    retryIntervalMs: between(Math.ceil(intervalMs / 6), 30 * SECOND_MS, 10 * MINUTE_MS),
    timeoutMs: Math.max(habit.timeoutMsMin, wholeSeconds(pullMs(facts, cost.REFERENCE_IMAGE_BYTES) * 1.5)),
    ...metricsOf(habit, outageMs, reportIntervalMs),
    logNodeBytesPerDay,
    logBufferBytes: between(Math.ceil(((logNodeBytesPerDay * outageMs) / DAY_MS) * reserve), logBufferBytesMin, habit.logBufferBytesMax),
    certificateLifetimeMs,
    certificateRenewBeforeMs: Math.floor((certificateLifetimeMs * 2) / 3),
  });
};

const factsOf = ({ outageMs, budgetBytesPerDay, bandwidthBytesPerSecond, latencyMs, intervalStatedMs }: LineFacts): LineFacts => ({
  ...{ outageMs, bandwidthBytesPerSecond, latencyMs },
  ...(budgetBytesPerDay === undefined ? {} : { budgetBytesPerDay }),
  ...(intervalStatedMs === undefined ? {} : { intervalStatedMs }),
});

const builtIn = <Name extends ConnectivityName>(name: Name): ConnectivityProfile & { readonly name: Name } =>
  Object.freeze({ ...derive(name, name, factsOf(habits[name])), name });

/** The built-in profiles. */
export const connectivity: { readonly [Name in ConnectivityName]: ConnectivityProfile & { readonly name: Name } } = Object.freeze({
  always: builtIn("always"),
  metered: builtIn("metered"),
  intermittent: builtIn("intermittent"),
  "air-gapped": builtIn("air-gapped"),
});

/** True for the name of a built-in profile. */
export const isConnectivityName = (name: string): name is ConnectivityName => Object.hasOwn(connectivity, name);

/** The greatest sizes that a profile's buffers have, whatever the outage is. */
export const bufferBytesMax = ({
  base,
}: Pick<ConnectivityProfile, "base">): { readonly metricsLogBytes: number; readonly logBufferBytes: number } => ({
  metricsLogBytes: habits[base].metricsLogBytesMax,
  logBufferBytes: habits[base].logBufferBytesMax,
});

/** A profile with another name and some facts of its line changed; everything that depends on them follows. */
export const refineConnectivity = (base: ConnectivityProfile, name: string, changes: ConnectivityChanges): ConnectivityProfile => {
  const { intervalMs, ...facts } = changes;
  return derive(base.base, name, { ...factsOf(base), ...facts, ...(intervalMs === undefined ? {} : { intervalStatedMs: intervalMs }) });
};
