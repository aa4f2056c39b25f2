import type { DeviceClass } from "./hardware.ts";

/** The five tiers, from the data centre outwards. */
export const tierNames = ["cloud", "regional-edge", "metro-edge", "access-edge", "iot"] as const;
export type Tier = (typeof tierNames)[number];
export type TierLevel = 1 | 2 | 3 | 4 | 5;

/** Level 1 is the data centre, 5 the sensor. `availability` is the share of time a device of that tier is expected to be up. */
export const tiers: { readonly [Name in Tier]: { readonly name: Name; readonly level: TierLevel; readonly availability: number } } = Object.freeze({
  cloud: Object.freeze({ name: "cloud", level: 1, availability: 0.9999 }),
  "regional-edge": Object.freeze({ name: "regional-edge", level: 2, availability: 0.9995 }),
  "metro-edge": Object.freeze({ name: "metro-edge", level: 3, availability: 0.999 }),
  "access-edge": Object.freeze({ name: "access-edge", level: 4, availability: 0.995 }),
  iot: Object.freeze({ name: "iot", level: 5, availability: 0.95 }),
});

/** True for the name of a tier. */
export const isTier = (name: string): name is Tier => Object.hasOwn(tiers, name);

/** The tier of a device that belongs to no cluster and states none. */
export const tierAlone: { readonly [Class in DeviceClass]: Tier } = Object.freeze({
  smartphone: "iot",
  tablet: "iot",
  iot: "iot",
  laptop: "access-edge",
  desktop: "access-edge",
  "raspberry-pi": "access-edge",
  jetson: "access-edge",
  server: "metro-edge",
});
