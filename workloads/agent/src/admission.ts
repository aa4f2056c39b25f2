import type { DeviceCapabilities, DeviceState } from "@fogline/contracts/device";
import { type LimitRule, overLimits, type ResourceLimits } from "@fogline/device";
import { type Refusal, refusal } from "@fogline/findings";

/** CPU is judged by its mean over this long: one busy second is no limit. */
const cpuWindowMs = 10_000;
const cpuSlotMs = 1000;
const cpuSlotsMax = cpuWindowMs / cpuSlotMs;

/** Why nothing starts. `not-sampled`: nobody has looked at the device yet. */
export type HoldRule = LimitRule | "power-critical" | "not-sampled";

/** Decides whether a device may start one more execution. */
export interface Admission {
  /** The newest look at the device, on a clock that never jumps. */
  observe(state: DeviceState, atMonotonicMs: number): void;
  /** Why nothing may start now, of several reasons the first; undefined when one more may. `running`: executions that have started here. */
  refusal(running: number): Refusal<HoldRule> | undefined;
}

interface Slot {
  busyMs: number;
  ms: number;
}

/** Mean of the last ten seconds, each value weighted by the time it stands for; undefined before the second one. */
const meanCpu = (): { add(percent: number, atMs: number): void; percent(): number | undefined } => {
  const slots: Slot[] = [];
  let lastMs: number | undefined;
  return {
    add: (percent, atMs) => {
      // The first value of an agent is the mean since the machine booted, not of these seconds.
      const elapsedMs = lastMs === undefined ? 0 : Math.max(0, atMs - lastMs);
      lastMs = atMs;
      if (elapsedMs === 0) return;
      let slot = slots.at(-1);
      if (slot === undefined || slot.ms >= cpuSlotMs) {
        slot = { busyMs: 0, ms: 0 };
        slots.push(slot);
        if (slots.length > cpuSlotsMax) slots.shift();
      }
      slot.busyMs += percent * elapsedMs;
      slot.ms += elapsedMs;
    },
    percent: () => {
      const ms = slots.reduce((sum, slot) => sum + slot.ms, 0);
      return ms === 0 ? undefined : slots.reduce((sum, slot) => sum + slot.busyMs, 0) / ms;
    },
  };
};

/**
 * The limits of a device and its critical power mode, as reasons why an execution waits.
 *
 * Invariants:
 * - only starting is refused: nothing that runs is paused or ended, so a limit that our own executions hold the device above falls as they end;
 * - what waits has no process and no memory, so nothing that runs ever waits for it: together, no device waits for itself;
 * - CPU refuses only while an execution of ours runs. The CPU is shared and takes no harm, and a device that others keep busy would otherwise
 *   never run anything. Memory, disk and critical power refuse in any case, because there the device or its data would be harmed.
 */
export const createAdmission = (
  device: Pick<DeviceCapabilities, "memoryBytes" | "storageBytes">,
  limits: Omit<ResourceLimits, "cacheBytes">,
): Admission => {
  const cpu = meanCpu();
  let found: readonly Refusal<HoldRule>[] = [refusal("not-sampled", "the device has not been looked at yet")];
  return {
    observe: (state, atMonotonicMs) => {
      cpu.add(state.cpuPercent, atMonotonicMs);
      const { memoryAvailableBytes, storageFreeBytes, batteryPercent, temperatureCelsius } = state;
      const use = { ...device, cpuPercent: cpu.percent() ?? 0, memoryAvailableBytes, storageFreeBytes };
      const critical = refusal("power-critical", "the device is in critical power mode", { batteryPercent, temperatureCelsius });
      found = [...(state.powerMode === "critical" ? [critical] : []), ...overLimits(use, { ...limits, cacheBytes: 0 })];
    },
    refusal: (running) => found.find(({ rule }) => rule !== "cpu-limit" || running > 0),
  };
};
