import type { Fleet, Ring, Window } from "@fogline/fleet";

/** A ring that must have been healthy for its soak before. */
export interface RingBefore {
  readonly ring: string;
  readonly soakMs: number;
  readonly gate: Ring["gate"];
}

/** When a ring gets the change. */
export interface RingTurn {
  readonly ring: string;
  readonly clusters: readonly string[];
  /** Devices that are touched there, at most. */
  readonly devices: number;
  /** The rings before it, in order; none when it gets the change with the next step of the rollout. */
  readonly after: readonly RingBefore[];
  /** When changes may be applied; absent means always. */
  readonly window?: Window;
}

/**
 * The touched rings in the order of the rollout. A ring's ref moves to the commit as a whole, so a ring soaks on it also when the commit changes
 * nothing there; a ring without clusters is passed over.
 */
export const turnsOf = (
  fleet: Fleet,
  touched: readonly { readonly cluster: string; readonly ring: string; readonly devices: number }[],
): readonly RingTurn[] => {
  const inUse = fleet.rings.filter(({ name }) => fleet.clusters.some(({ ring, local }) => ring === name && !local));
  return fleet.rings.flatMap((ring): RingTurn[] => {
    const own = touched.filter((one) => one.ring === ring.name);
    if (own.length === 0) return [];
    const before = inUse.filter(({ order }) => order < ring.order);
    return [
      {
        ring: ring.name,
        clusters: own.map(({ cluster }) => cluster),
        devices: own.reduce((sum, { devices }) => sum + devices, 0),
        after: before.map(({ name, soakMs, gate }) => ({ ring: name, soakMs, gate })),
        ...(ring.window === undefined ? {} : { window: ring.window }),
      },
    ];
  });
};
