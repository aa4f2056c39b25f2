import type { WorldChange } from "./device.ts";
import type { SimulatedHardware } from "./hardware.ts";
import type { World } from "./world.ts";

// What the parent and the simulating process say to each other: one JSON value a line, on the child's standard input and output.

/** One device of a simulation. */
export interface DeviceDescription {
  readonly id: string;
  /** A one-time token; needed until the device has an identity of its own, which it keeps beside its database. */
  readonly token?: string;
  readonly hardware: SimulatedHardware;
  /** The world it starts in, where it differs from a rested device on mains. */
  readonly world?: WorldChange;
}

/** The first line to the child. */
export interface SimulationDescription {
  /** Where the hub takes agents. */
  readonly hubUrl: string;
  /** Holds one database per device and the working folders of executions; null keeps the databases in memory. */
  readonly dataFolder: string | null;
  readonly devices: readonly DeviceDescription[];
  readonly heartbeatMs?: number;
}

/** Every later line to the child. */
export type SimulationRequest =
  | { readonly request: number; readonly set: { readonly id: string } & WorldChange }
  | { readonly request: number; readonly world: { readonly id: string } }
  | { readonly request: number; readonly add: DeviceDescription }
  /** `keepStore` leaves its database for a device of the same id that comes after it. */
  | { readonly request: number; readonly remove: string; readonly keepStore?: boolean };

/** Every line from the child: once that it is ready, then one answer to each request. */
export type SimulationReply =
  | { readonly ready: true; readonly devices: number }
  | { readonly request: number; readonly world: World }
  | { readonly request: number; readonly done: true }
  | { readonly request: number; readonly error: string };
