import type { Device, HardwareName } from "@fogline/fleet";

/** How NVIDIA's tools flash a module on the carrier board of its developer kit: Jetson Linux 36.4, "Quick Start" and "Flashing Support". */
export interface JetsonBoard {
  /** The file `<config>.conf` of Linux_for_Tegra. Other carrier boards bring their own. */
  readonly config: string;
  /** The configuration that has the power modes above `ordinaryWatts`, where it is another. */
  readonly superConfig?: string;
  readonly ordinaryWatts: number;
  /** What the system lies on: the module's own eMMC, or an NVMe beside it, with the boot chain in the module's flash. */
  readonly system: "emmc" | "nvme";
  /** What puts the developer kit into recovery mode. */
  readonly recovery: string;
}

const nanoCarrier = {
  config: "jetson-orin-nano-devkit",
  superConfig: "jetson-orin-nano-devkit-super",
  system: "nvme",
  recovery: "Join the pins FC REC and GND of the button header (9 and 10) with a jumper, connect power, take the jumper off.",
} as const;
const agx = {
  config: "jetson-agx-orin-devkit",
  system: "emmc",
  recovery: "Hold the middle button (force recovery), press and release the left one (power), release the middle one.",
} as const;

export type JetsonName = Extract<HardwareName, `jetson-${string}`>;

/** By hardware. Total: a new Jetson does not compile until it has a row. */
export const jetsonBoards: { readonly [Name in JetsonName]: JetsonBoard } = {
  "jetson-orin-nano-4": { ...nanoCarrier, ordinaryWatts: 10 },
  "jetson-orin-nano-8": { ...nanoCarrier, ordinaryWatts: 15 },
  "jetson-orin-nx-8": { ...nanoCarrier, ordinaryWatts: 20 },
  "jetson-orin-nx-16": { ...nanoCarrier, ordinaryWatts: 25 },
  "jetson-agx-orin-32": { ...agx, ordinaryWatts: 40 },
  "jetson-agx-orin-64": { ...agx, ordinaryWatts: 60 },
};

export const isJetsonName = (name: HardwareName): name is JetsonName => Object.hasOwn(jetsonBoards, name);

/** The configuration to flash a device with: the one that has the power that the fleet wants of it. */
export const flashConfig = (board: JetsonBoard, { powerWatts = 0 }: Device): string =>
  powerWatts > board.ordinaryWatts ? (board.superConfig ?? board.config) : board.config;
