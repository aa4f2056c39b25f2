import type { NodeRecord } from "@fogline/contracts";
import { nodeOf, stateOf } from "./records.ts";

const tiers = ["cloud", "regional-edge", "metro-edge", "access-edge", "iot"] as const;
/** How many of a hundred devices are in each tier. */
const shares = [1, 4, 10, 35, 50];
const modes = ["performance", "performance", "performance", "balanced", "power-save"] as const;

const tierOf = (index: number): (typeof tiers)[number] => {
  let left = index % 100;
  for (const [at, share] of shares.entries()) {
    if (left < share) return tiers[at] ?? "iot";
    left -= share;
  }
  return "iot";
};

/** A thousand devices at twenty sites: most are well, one in fifty is hot or away. */
export const bigFleet = (nowMs: number, count = 1_000): NodeRecord[] =>
  Array.from({ length: count }, (_, index) => {
    const id = `edge-${index + 1}`;
    const powerMode = modes[index % modes.length] ?? "balanced";
    const well = { site: `site-${(index % 20) + 1}`, tier: tierOf(Math.floor(index / 20) * 2 + (index % 2)), cluster: `cluster-${(index % 20) + 1}` };
    const state = stateOf(nowMs - 1_000, { powerMode, cpuPercent: (index * 37) % 100 });
    if (index % 50 === 49) return nodeOf(id, nowMs, { ...well, state, status: "offline", reason: "silent for 90 s: 3 heartbeats missed" });
    if (index % 50 === 24) return nodeOf(id, nowMs, { ...well, state: { ...state, temperatureCelsius: 84, thermalState: "hot" } });
    if (index % 200 === 7)
      return nodeOf(id, nowMs, {
        ...well,
        state: null,
        capabilities: null,
        status: "never-seen",
        reason: "its agent has not connected yet",
        lastSeenAtMs: null,
      });
    return nodeOf(id, nowMs, { ...well, state });
  });
