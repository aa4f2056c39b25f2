import { computeScore } from "@fogline/device";
import { heat } from "./heat.ts";
import type { Node } from "./node.ts";
import type { Part, Profile } from "./profile.ts";

/** Inputs up to this size do not ask for a fast link: 10 MB. */
export const smallInputBytes = 10_000_000;

/** The link speed from which on a large input costs nothing. */
const FULL_SPEED_MBPS = 100;

/** 0 to 100 from the cores and memory to be had: not promised to tasks, and idle in the last sample. */
const compute: Part = {
  name: "compute",
  kind: "points",
  of: (_, node) => ({ value: computeScore(Math.min(node.cpuCoresFree, node.cpuCoresIdle), node.memoryFreeBytes) }),
};

const powerOf = (node: Node): { value: number; reason: string } => {
  if (!node.batteryPowered) return { value: 1.2, reason: "mains" };
  return node.charging === true ? { value: 1.5, reason: "charging" } : { value: 1, reason: "on battery" };
};

/** A device that charges has power to spare now; one without a battery always has some. */
const power: Part = { name: "power", kind: "factor", of: (_, node) => powerOf(node) };

const gpu: Part = { name: "gpu", kind: "factor", of: (task, node) => (task.gpu ? { value: node.gpus > 0 ? 1.3 : 1 } : undefined) };

/** Half of the score hangs on the link when the input is large; an unknown speed counts as none. */
const network: Part = {
  name: "network",
  kind: "factor",
  of: (task, { networkBandwidthMbps }) => {
    if (task.inputBytes <= smallInputBytes) return undefined;
    const reason = networkBandwidthMbps === null ? "link speed unknown" : `${networkBandwidthMbps} Mbit/s`;
    return { value: 0.5 + 0.5 * Math.min(1, (networkBandwidthMbps ?? 0) / FULL_SPEED_MBPS), reason };
  },
};

/** Battery, heat and network aware: compute score, times power, GPU, network and heat. */
export const fog: Profile = Object.freeze({ name: "fog", parts: Object.freeze([compute, power, gpu, network, heat]) });
