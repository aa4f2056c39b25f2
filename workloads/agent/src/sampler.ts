import type { DeviceState } from "@fogline/contracts/device";
import { evaluatePower, type PowerThresholds, powerThresholds, thermalState, worthReporting } from "@fogline/device";
import type { Clock } from "@fogline/ports";
import type { Reading, Sensors } from "./ports.ts";

const sampleMs = 1000;
/** Small changes are worth a heartbeat before its time, but no more often than this, nor than a third of the interval: a line that is to carry few carries few. */
const earlyHeartbeatMsMin = 10_000;
const earlyHeartbeatShare = 1 / 3;

export interface SamplerHandlers {
  heartbeat(state: DeviceState): boolean;
  sample(state: DeviceState): boolean;
  /** Every look at the device, the first one included, before anything is sent of it. */
  sampled(state: DeviceState): void;
}

export interface Sampler {
  state(): DeviceState;
  /** How often to say what; from the hub. Takes effect at once. */
  configure(settings: { heartbeatMs: number; sampleMs: number | null }): void;
  /** A connection stands: the next heartbeat is due now. */
  connected(): void;
  stop(): void;
}

/** A reading with the time and what it means for the device. */
export const judged = (reading: Reading, sampledAtMs: number, thresholds: PowerThresholds = powerThresholds): DeviceState => ({
  ...reading,
  sampledAtMs,
  powerMode: evaluatePower(reading, thresholds).mode,
  thermalState: thermalState(reading.temperatureCelsius, thresholds),
});

/** Free memory and storage waver all the time without meaning anything. */
const notable = (previous: DeviceState, next: DeviceState): boolean =>
  worthReporting(previous, { ...next, memoryAvailableBytes: previous.memoryAvailableBytes, storageFreeBytes: previous.storageFreeBytes });

const modeChanged = (previous: DeviceState, next: DeviceState): boolean =>
  previous.powerMode !== next.powerMode || previous.thermalState !== next.thermalState || previous.charging !== next.charging;

/**
 * Looks at the device every second. Sends a heartbeat at its interval, at once when a mode changes, and at most every ten seconds or third of an
 * interval when numbers change notably; sends each sample while somebody watches.
 */
export const startSampler = (
  sensors: Sensors,
  clock: Clock,
  settings: { heartbeatMs: number; staggerShare: number; thresholds: PowerThresholds },
  handlers: SamplerHandlers,
): Sampler => {
  let heartbeatMs = settings.heartbeatMs;
  let watchMs: number | null = null;
  const look = (): DeviceState => {
    const seen = judged(sensors.sample(), clock.now(), settings.thresholds);
    handlers.sampled(seen);
    return seen;
  };
  let state = look();
  let told: DeviceState | undefined;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  // The first interval is shortened by a different share on every device, so that a fleet that came back together does not beat together.
  let shortenedShare = settings.staggerShare;
  let watchedAtMs = Number.NEGATIVE_INFINITY;
  let cancel = () => {};

  const due = (now: number): boolean => {
    if (told === undefined || now - toldAtMs >= heartbeatMs * (1 - shortenedShare) || modeChanged(told, state)) return true;
    return now - toldAtMs >= Math.max(earlyHeartbeatMsMin, heartbeatMs * earlyHeartbeatShare) && notable(told, state);
  };
  const speak = () => {
    const now = clock.monotonicMs();
    if (due(now) && handlers.heartbeat(state)) {
      if (told !== undefined) shortenedShare = 0;
      told = state;
      toldAtMs = now;
    }
    if (watchMs !== null && now - watchedAtMs >= watchMs && handlers.sample(state)) watchedAtMs = now;
  };
  const nextMs = (): number => Math.min(sampleMs, heartbeatMs, watchMs ?? sampleMs);
  const tick = () => {
    state = look();
    speak();
    cancel = clock.after(nextMs(), tick);
  };
  cancel = clock.after(nextMs(), tick);

  return {
    state: () => state,
    configure: (next) => {
      heartbeatMs = next.heartbeatMs;
      watchMs = next.sampleMs;
      cancel();
      cancel = clock.after(nextMs(), tick);
    },
    connected: () => {
      told = undefined;
      shortenedShare = settings.staggerShare;
      speak();
    },
    stop: () => cancel(),
  };
};
