import type { HardwareName } from "../hardware.ts";

/** The board of a Raspberry Pi by the root `compatible` of its device tree, as Linux has it (arch/arm64/boot/dts/broadcom). */
const pi4 = ["raspberrypi,4-model-b", "raspberrypi,400", "raspberrypi,4-compute-module", "raspberrypi,4-compute-module-s"] as const;
const pi5 = ["raspberrypi,5-model-b", "raspberrypi,500", "raspberrypi,5-compute-module"] as const;

/**
 * How a board says what it is: strings of which its device tree has one in the root's `compatible`. A Jetson's name its module, whatever carrier it is
 * plugged into (Jetson Linux Developer Guide, "Jetson Modules and Configurations"). The three Pis of one model differ in memory alone, which the
 * revision code says. Empty for profiles that stand for many makers' machines. Total: a new name does not compile until it has a row.
 */
export const boardIdentities: { readonly [Name in HardwareName]: readonly string[] } = Object.freeze({
  "jetson-orin-nano-4": ["nvidia,p3767-0004"],
  // 0005 is the module of the developer kit.
  "jetson-orin-nano-8": ["nvidia,p3767-0003", "nvidia,p3767-0005"],
  "jetson-orin-nx-8": ["nvidia,p3767-0001"],
  "jetson-orin-nx-16": ["nvidia,p3767-0000"],
  // 0000 is the module of the first developer kit, 0008 the industrial one.
  "jetson-agx-orin-32": ["nvidia,p3701-0000", "nvidia,p3701-0004"],
  "jetson-agx-orin-64": ["nvidia,p3701-0005", "nvidia,p3701-0008"],
  "pi-4-2": pi4,
  "pi-4-4": pi4,
  "pi-4-8": pi4,
  "pi-5-4": pi5,
  "pi-5-8": pi5,
  "pi-5-16": pi5,
  laptop: [],
  desktop: [],
  server: [],
  smartphone: [],
  tablet: [],
  "iot-sensor": [],
  detected: [],
});
