import { isDeepStrictEqual } from "node:util";
import type { DeviceDescription } from "@fogline/simulation";

/** What makes the devices of a running simulation the wanted ones. Each device is in exactly one of the lists. */
export interface SimulationPlan {
  readonly remove: readonly string[];
  readonly add: readonly DeviceDescription[];
  /** Devices that run under another description: ended and started as described here. */
  readonly replace: readonly DeviceDescription[];
  /** Ids of devices that are not touched. */
  readonly keep: readonly string[];
}

/** Whether a device that runs need not be touched. A token that is not given any more was used; a new one is for a device that must enrol anew. */
const isSame = (running: DeviceDescription | undefined, { token, ...wanted }: DeviceDescription): boolean => {
  if (running === undefined) return false;
  const { token: had, ...rest } = running;
  return isDeepStrictEqual(rest, wanted) && (token === undefined || token === had);
};

/** Compares what runs with what is wanted; the order of devices means nothing. */
export const planSimulation = (running: readonly DeviceDescription[], wanted: readonly DeviceDescription[]): SimulationPlan => {
  const before = new Map(running.map((device) => [device.id, device]));
  const after = new Set(wanted.map(({ id }) => id));
  const same = wanted.filter((device) => isSame(before.get(device.id), device));
  const kept = new Set(same.map(({ id }) => id));
  return {
    remove: running.map(({ id }) => id).filter((id) => !after.has(id)),
    add: wanted.filter(({ id }) => !before.has(id)),
    replace: wanted.filter(({ id }) => before.has(id) && !kept.has(id)),
    keep: [...kept],
  };
};
