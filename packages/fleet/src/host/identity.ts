import type { HardwareName } from "../hardware.ts";

/** How a board says what it is; nothing of it for profiles that stand for many makers' machines. */
interface BoardIdentity {
  /**
   * Strings of which its device tree has one in the root's `compatible`. A Jetson's name its module, whatever carrier it is plugged into (Jetson Linux
   * Developer Guide, "Jetson Modules and Configurations"); those of a Raspberry Pi are Linux' own (arch/arm64/boot/dts/broadcom).
   */
  readonly compatible: readonly string[];
  /** What its device tree calls its model, in words. */
  readonly model?: RegExp;
}

/** The three Pis of one model differ in memory alone, which the revision code says. */
const pi4: BoardIdentity = {
  compatible: ["raspberrypi,4-model-b", "raspberrypi,400", "raspberrypi,4-compute-module", "raspberrypi,4-compute-module-s"],
  model: /Raspberry Pi (4|Compute Module 4|400)\b/,
};
const pi5: BoardIdentity = {
  compatible: ["raspberrypi,5-model-b", "raspberrypi,500", "raspberrypi,5-compute-module"],
  model: /Raspberry Pi (5|Compute Module 5|500)\b/,
};
const anyMaker: BoardIdentity = { compatible: [] };

/** Total: a new name does not compile until it has a row. */
export const boardIdentities: { readonly [Name in HardwareName]: BoardIdentity } = Object.freeze({
  "jetson-orin-nano-4": { compatible: ["nvidia,p3767-0004"], model: /Jetson Orin Nano/ },
  // 0005 is the module of the developer kit.
  "jetson-orin-nano-8": { compatible: ["nvidia,p3767-0003", "nvidia,p3767-0005"], model: /Jetson Orin Nano/ },
  "jetson-orin-nx-8": { compatible: ["nvidia,p3767-0001"], model: /Jetson Orin NX/ },
  "jetson-orin-nx-16": { compatible: ["nvidia,p3767-0000"], model: /Jetson Orin NX/ },
  // 0000 is the module of the first developer kit, 0008 the industrial one.
  "jetson-agx-orin-32": { compatible: ["nvidia,p3701-0000", "nvidia,p3701-0004"], model: /Jetson AGX Orin/ },
  "jetson-agx-orin-64": { compatible: ["nvidia,p3701-0005", "nvidia,p3701-0008"], model: /Jetson AGX Orin/ },
  "pi-4-2": pi4,
  "pi-4-4": pi4,
  "pi-4-8": pi4,
  "pi-5-4": pi5,
  "pi-5-8": pi5,
  "pi-5-16": pi5,
  laptop: anyMaker,
  desktop: anyMaker,
  server: anyMaker,
  smartphone: anyMaker,
  tablet: anyMaker,
  "iot-sensor": anyMaker,
  detected: anyMaker,
});
