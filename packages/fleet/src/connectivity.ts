import { MEBIBYTE } from "@fogline/units";

/** The connectivity profiles that need no declaration. */
export const connectivityNames = ["always", "metered", "intermittent", "air-gapped"] as const;
export type ConnectivityName = (typeof connectivityNames)[number];

/** Everything that one connectivity word decides, for Flux, pulls, reports, buffers and certificates of a place. */
export interface ConnectivityProfile {
  readonly name: string;
  /** The built-in profile it is or refines. */
  readonly base: ConnectivityName;
  /** Where Flux gets the tree: a Git branch, an OCI artifact (one small download), or a bundle that people carry. */
  readonly source: "git" | "oci" | "bundle";
  readonly intervalMs: number;
  /** Spread of the interval as a fraction, so that a thousand sites do not ask at once. */
  readonly jitterFraction: number;
  readonly retryIntervalMs: number;
  /** At least as long as pulling {@link REFERENCE_IMAGE_BYTES} takes at `bandwidthBytesPerSecond`, and half as much again. */
  readonly timeoutMs: number;
  readonly pullPolicy: "IfNotPresent" | "Never";
  /** Whether source-controller keeps its artifacts on disk; without, they are gone after a reboot offline. */
  readonly persistentSource: boolean;
  /** Whether the next ring's images are pulled ahead, inside the budget. */
  readonly prePull: boolean;
  readonly metricsQueueSamples: number;
  readonly metricsLogBytes: number;
  readonly logBufferBytes: number;
  readonly reportIntervalMs: number;
  readonly certificateLifetimeMs: number;
  /** A certificate is renewed this long before it ends; always longer than `outageMs`. */
  readonly certificateRenewBeforeMs: number;
  /** The longest time without a connection that the place must survive unharmed. */
  readonly outageMs: number;
  /** Traffic allowed in a day; absent where nothing is counted. */
  readonly budgetBytesPerDay?: number;
  readonly bandwidthBytesPerSecond: number;
  readonly latencyMs: number;
}

/** What a fleet file may change about a built-in profile. */
export interface ConnectivityChanges {
  readonly budgetBytesPerDay?: number;
  readonly outageMs?: number;
  readonly bandwidthBytesPerSecond?: number;
  readonly latencyMs?: number;
  readonly intervalMs?: number;
}

/** Size of an image as our workloads have it at most, compressed. */
export const REFERENCE_IMAGE_BYTES = 200_000_000;

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Values that follow from others: a slower line needs a longer timeout, a longer outage an earlier renewal. */
const consistent = (profile: ConnectivityProfile): ConnectivityProfile => {
  const pullMs = Math.ceil((REFERENCE_IMAGE_BYTES / profile.bandwidthBytesPerSecond) * SECOND_MS);
  const certificateLifetimeMs = Math.max(profile.certificateLifetimeMs, 3 * profile.outageMs);
  return Object.freeze({
    ...profile,
    timeoutMs: Math.max(profile.timeoutMs, Math.ceil(pullMs * 1.5)),
    certificateLifetimeMs,
    certificateRenewBeforeMs: Math.floor((certificateLifetimeMs * 2) / 3),
  });
};

const builtIn = <Name extends ConnectivityName>(
  name: Name,
  values: Omit<ConnectivityProfile, "name" | "base" | "certificateRenewBeforeMs">,
): ConnectivityProfile & { readonly name: Name } => ({ ...consistent({ ...values, name, base: name, certificateRenewBeforeMs: 0 }), name });

/** The built-in profiles. Total: a new name does not compile until it has a row. */
export const connectivity: { readonly [Name in ConnectivityName]: ConnectivityProfile & { readonly name: Name } } = Object.freeze({
  always: builtIn("always", {
    source: "git",
    intervalMs: MINUTE_MS,
    jitterFraction: 0.1,
    retryIntervalMs: 30 * SECOND_MS,
    timeoutMs: 5 * MINUTE_MS,
    pullPolicy: "IfNotPresent",
    persistentSource: false,
    prePull: false,
    metricsQueueSamples: 10_000,
    metricsLogBytes: 128 * MEBIBYTE,
    logBufferBytes: 16 * MEBIBYTE,
    reportIntervalMs: 30 * SECOND_MS,
    certificateLifetimeMs: 30 * DAY_MS,
    outageMs: HOUR_MS,
    bandwidthBytesPerSecond: 12_500_000,
    latencyMs: 20,
  }),
  metered: builtIn("metered", {
    source: "oci",
    intervalMs: 30 * MINUTE_MS,
    jitterFraction: 0.2,
    retryIntervalMs: 5 * MINUTE_MS,
    timeoutMs: 30 * MINUTE_MS,
    pullPolicy: "IfNotPresent",
    persistentSource: true,
    prePull: true,
    metricsQueueSamples: 50_000,
    metricsLogBytes: 256 * MEBIBYTE,
    logBufferBytes: 64 * MEBIBYTE,
    reportIntervalMs: 5 * MINUTE_MS,
    certificateLifetimeMs: 90 * DAY_MS,
    outageMs: DAY_MS,
    budgetBytesPerDay: 500_000_000,
    bandwidthBytesPerSecond: 1_250_000,
    latencyMs: 60,
  }),
  intermittent: builtIn("intermittent", {
    source: "oci",
    intervalMs: 10 * MINUTE_MS,
    jitterFraction: 0.3,
    retryIntervalMs: 2 * MINUTE_MS,
    timeoutMs: HOUR_MS,
    pullPolicy: "IfNotPresent",
    persistentSource: true,
    prePull: true,
    metricsQueueSamples: 100_000,
    metricsLogBytes: 512 * MEBIBYTE,
    logBufferBytes: 128 * MEBIBYTE,
    reportIntervalMs: MINUTE_MS,
    certificateLifetimeMs: 90 * DAY_MS,
    outageMs: 3 * DAY_MS,
    bandwidthBytesPerSecond: 625_000,
    latencyMs: 150,
  }),
  "air-gapped": builtIn("air-gapped", {
    source: "bundle",
    intervalMs: HOUR_MS,
    jitterFraction: 0,
    retryIntervalMs: 10 * MINUTE_MS,
    timeoutMs: HOUR_MS,
    pullPolicy: "Never",
    persistentSource: true,
    prePull: true,
    metricsQueueSamples: 100_000,
    metricsLogBytes: 1024 * MEBIBYTE,
    logBufferBytes: 256 * MEBIBYTE,
    reportIntervalMs: MINUTE_MS,
    certificateLifetimeMs: 365 * DAY_MS,
    outageMs: 90 * DAY_MS,
    bandwidthBytesPerSecond: 12_500_000,
    latencyMs: 5,
  }),
});

/** True for the name of a built-in profile. */
export const isConnectivityName = (name: string): name is ConnectivityName => Object.hasOwn(connectivity, name);

/** A profile with another name and some values changed; what depends on them follows. */
export const refineConnectivity = (base: ConnectivityProfile, name: string, changes: ConnectivityChanges): ConnectivityProfile =>
  consistent({ ...base, ...changes, name });
