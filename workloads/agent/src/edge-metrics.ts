import type { DeviceCapabilities, DeviceState, EdgeMetrics } from "@fogline/contracts/device";
import type { Clock } from "@fogline/ports";
import type { Outages } from "./outages.ts";
import type { Store, Traffic } from "./ports.ts";

const rateWindowMs = 300_000;
const rateSlotMs = 10_000;
const decisionsMax = 100;
/** Traffic over less than this says more about the moment than about the link. */
const trafficMsMin = 1000;
const bytesPerMegabit = 1_000_000 / 8;

export interface EdgeMeterParts {
  readonly clock: Clock;
  readonly store: Store;
  readonly outages: Outages;
  readonly device: Pick<DeviceCapabilities, "memoryBytes" | "storageBytes">;
  readonly traffic: () => Traffic | undefined;
}

/** What the rest of the agent knows at the moment of asking. */
export interface EdgeMoment {
  readonly state: DeviceState;
  readonly running: number;
  readonly waiting: number;
  /** When the hub was last heard of by this process, if ever. */
  readonly lastContactMs: number | null;
}

/** Counts what an agent says of itself with its heartbeats. */
export interface EdgeMeter {
  /** An execution ended. */
  finished(): void;
  /** Whether an execution starts was decided this long after it arrived. */
  decided(latencyMs: number): void;
  metrics(moment: EdgeMoment): EdgeMetrics;
}

/** Counts events of the last five minutes in slots of ten seconds, so that it never holds more than thirty numbers. */
const recentCount = (clock: Clock): { add(): void; perMinute(): number } => {
  let slots: { slot: number; count: number }[] = [];
  const drop = (): number => {
    const slot = Math.floor(clock.monotonicMs() / rateSlotMs);
    slots = slots.filter((one) => slot - one.slot < rateWindowMs / rateSlotMs);
    return slot;
  };
  return {
    add: () => {
      const slot = drop();
      const last = slots.at(-1);
      if (last?.slot === slot) last.count += 1;
      else slots.push({ slot, count: 1 });
    },
    perMinute: () => {
      drop();
      return tenths((slots.reduce((sum, { count }) => sum + count, 0) * 60_000) / rateWindowMs);
    },
  };
};

/** The share of the link that the busier direction took since it was last asked; null before there are two readings to compare. */
const networkUse = (clock: Clock, traffic: () => Traffic | undefined): ((bandwidthMbps: number | null) => number | null) => {
  let before: { readonly atMs: number; readonly traffic: Traffic } | undefined;
  let percent: number | null = null;
  return (bandwidthMbps) => {
    const atMs = clock.monotonicMs();
    if (before !== undefined && atMs - before.atMs < trafficMsMin) return percent;
    const now = traffic();
    const elapsedMs = atMs - (before?.atMs ?? atMs);
    percent = null;
    if (now !== undefined && before !== undefined && bandwidthMbps !== null && bandwidthMbps > 0) {
      const bytes = Math.max(now.receivedBytes - before.traffic.receivedBytes, now.sentBytes - before.traffic.sentBytes);
      // A counter that fell belongs to an interface that was made anew.
      percent = bytes < 0 ? null : share(((bytes / elapsedMs) * 1000) / (bandwidthMbps * bytesPerMegabit));
    }
    before = now === undefined ? undefined : { atMs, traffic: now };
    return percent;
  };
};

const tenths = (value: number): number => Math.round(value * 10) / 10;
const share = (ratio: number): number => tenths(Math.min(100, Math.max(0, ratio * 100)));
const usedShare = (free: number, all: number): number => (all > 0 ? share(1 - free / all) : 0);

/** Keeps the agent's figures. Totals live in the store, where each is written together with what it counts; the rest is of this process. */
export const createEdgeMeter = ({ clock, store, outages, device, traffic }: EdgeMeterParts): EdgeMeter => {
  const startedMonotonicMs = clock.monotonicMs();
  const rate = recentCount(clock);
  const network = networkUse(clock, traffic);
  const latencies: number[] = [];
  return {
    finished: rate.add,
    decided: (latencyMs) => {
      latencies.push(latencyMs);
      if (latencies.length > decisionsMax) latencies.shift();
    },
    metrics: ({ state, running, waiting, lastContactMs }) => {
      const { completed, failed, imagesAsked, imagesPresent, lastSyncAtMs } = store.totals();
      const mean = latencies.reduce((sum, latencyMs) => sum + latencyMs, 0) / latencies.length;
      return {
        agentUptimeMs: Math.round(clock.monotonicMs() - startedMonotonicMs),
        lastSyncAtMs: lastContactMs ?? lastSyncAtMs,
        tasksPerMinute: rate.perMinute(),
        decisionLatencyMs: latencies.length === 0 ? null : Math.round(mean * 1000) / 1000,
        cacheHitRatio: imagesAsked === 0 ? null : Math.round((imagesPresent / imagesAsked) * 1000) / 1000,
        cpuPercent: tenths(state.cpuPercent),
        memoryPercent: usedShare(state.memoryAvailableBytes, device.memoryBytes),
        storagePercent: usedShare(state.storageFreeBytes, device.storageBytes),
        networkPercent: network(state.networkBandwidthMbps),
        activeTasks: running,
        queuedTasks: waiting,
        completedTasks: completed,
        failedTasks: failed,
        pendingReports: store.pendingCount(),
        offline: outages.statistics(),
      };
    },
  };
};
