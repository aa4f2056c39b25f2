import type { DeviceCapabilities, DeviceState, EdgeMetrics } from "@fogline/contracts/device";
import { evaluatePower, type PowerThresholds } from "@fogline/device";
import type { HoldRule } from "./admission.ts";
import type { AgentLog, Traffic } from "./ports.ts";

/** What an agent counts of its own, since its process began. */
export interface AgentFigures {
  readonly uptimeMs: number;
  readonly executions: ExecutionFigures;
  /** Reports that the hub has not acknowledged. */
  readonly pendingReports: number;
  readonly heartbeats: number;
  /** Connections that the hub welcomed. */
  readonly connections: number;
  /** When the hub was last heard of, in milliseconds since 1970; null when never. */
  readonly lastContactMs: number | null;
  readonly power: PowerFigures;
  /** What the hub is told with every heartbeat. */
  readonly metrics: EdgeMetrics;
  readonly device: Pick<DeviceCapabilities, "memoryBytes" | "storageBytes">;
  readonly state: DeviceState;
  readonly traffic: Traffic | undefined;
}

/** How many executions are where; the ended ones since this agent process began. */
export interface ExecutionFigures {
  readonly running: number;
  readonly waiting: number;
  /** Exited with code 0. */
  readonly completed: number;
  readonly cancelled: number;
  /** Ended in any other way. */
  readonly failed: number;
  /** Why what waits is held back, when it is the device that does so. */
  readonly heldBackBy: HoldRule | null;
}

export interface PowerFigures {
  /** Times the device entered critical mode because of its battery. */
  readonly batterySaves: number;
  /** Times the device entered critical mode because of its temperature. */
  readonly thermalThrottles: number;
  /** Changes of the power mode. */
  readonly policyAdaptations: number;
}

/**
 * Follows the power mode: counts its changes and says them in the log. A device that stays in a mode adapted once, however often it is looked
 * at; when a cool device's battery becomes the cause in place of its heat, that is one more save, and no change of mode.
 */
export const powerMeter = (thresholds: PowerThresholds, log: AgentLog): { observe(state: DeviceState): void; figures(): PowerFigures } => {
  let mode: DeviceState["powerMode"] | undefined;
  let saving = false;
  let throttling = false;
  const counted = { batterySaves: 0, thermalThrottles: 0, policyAdaptations: 0 };
  return {
    observe: (state) => {
      const { counters, reason } = evaluatePower(state, thresholds);
      if (counters.batterySaves > 0 && !saving) counted.batterySaves += 1;
      if (counters.thermalThrottles > 0 && !throttling) counted.thermalThrottles += 1;
      saving = counters.batterySaves > 0;
      throttling = counters.thermalThrottles > 0;
      const before = mode;
      mode = state.powerMode;
      if (before === undefined ? mode !== "critical" : before === mode) return;
      if (before !== undefined) counted.policyAdaptations += 1;
      if (mode === "critical") log.warn("critical power mode: nothing new starts", { powerMode: mode, reason });
      else log.info("the power mode changed", { powerMode: mode, before, reason });
    },
    figures: () => ({ ...counted }),
  };
};
