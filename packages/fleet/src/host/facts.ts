import type { HardwareName, StorageMedium } from "../hardware.ts";

/** Media that workload data may lie on beside the system's own. */
export const dataMedia = ["usb-ssd", "nvme", "emmc", "microsd"] as const;
export type DataMedium = (typeof dataMedia)[number];

/** What a Raspberry Pi boots from. */
export const bootMedia = ["sd", "usb", "nvme", "network"] as const;
export type BootMedium = (typeof bootMedia)[number];

/** How the kernel chooses a CPU clock. */
export const governors = ["performance", "powersave", "ondemand", "conservative", "schedutil"] as const;
export type Governor = (typeof governors)[number];

/** What provisioning may do to a kind of machine; nothing of it is needed to place work there. */
export interface HostFacts {
  /** Whether it has an operating system that we may set up. Phones and tablets have none. */
  readonly provisioned: boolean;
  /** The governors that its clock driver offers, its default first; empty where nobody can set one. */
  readonly governors: readonly Governor[];
  /** The media that can be attached to it for data. */
  readonly dataMedia: readonly DataMedium[];
  /** Whether it has named power modes that `nvpmodel` switches. */
  readonly powerModes: boolean;
  /** How it boots: a Raspberry Pi reads config.txt and cmdline.txt from its boot partition. */
  readonly boot: "pi-4" | "pi-5" | "other";
  /** Share of the memory that is offered as compressed swap by default, from 0 to 1. */
  readonly zramFraction: number;
  /** Seconds after which its hardware watchdog resets it when systemd does not answer; 0 where it has none that we rely on. */
  readonly watchdogSeconds: number;
}

/** The Tegra clock driver and the generic one for device trees offer every governor. */
const everyGovernor = (first: Governor): readonly Governor[] => [first, ...governors.filter((governor) => governor !== first)];

const jetson = (system: "nvme" | "emmc"): HostFacts => ({
  provisioned: true,
  governors: everyGovernor("schedutil"),
  dataMedia: system === "emmc" ? ["usb-ssd", "nvme", "emmc", "microsd"] : ["usb-ssd", "nvme", "microsd"],
  powerModes: true,
  boot: "other",
  zramFraction: 0.5,
  watchdogSeconds: 60,
});

/** The watchdog of the Pi's chip counts to 15 s at most. Only a Pi 5 has a connector for NVMe. */
const pi = (boot: "pi-4" | "pi-5"): HostFacts => ({
  provisioned: true,
  governors: everyGovernor("ondemand"),
  dataMedia: boot === "pi-5" ? ["usb-ssd", "nvme", "microsd"] : ["usb-ssd", "microsd"],
  powerModes: false,
  boot,
  zramFraction: 0.5,
  watchdogSeconds: 14,
});

/** `intel_pstate` and `amd_pstate` in their active mode offer these two, and scale by themselves under `powersave`. */
const computer = (first: Governor): HostFacts => ({
  provisioned: true,
  governors: first === "performance" ? ["performance", "powersave"] : ["powersave", "performance"],
  dataMedia: ["usb-ssd", "nvme"],
  powerModes: false,
  boot: "other",
  zramFraction: 0,
  watchdogSeconds: 0,
});

const carried: HostFacts = {
  provisioned: false,
  governors: [],
  dataMedia: [],
  powerModes: false,
  boot: "other",
  zramFraction: 0,
  watchdogSeconds: 0,
};

/** What provisioning may do, by hardware. Total: a new name does not compile until it has a row. */
export const hostFacts: { readonly [Name in HardwareName]: HostFacts } = Object.freeze({
  "jetson-orin-nano-4": jetson("nvme"),
  "jetson-orin-nano-8": jetson("nvme"),
  "jetson-orin-nx-8": jetson("nvme"),
  "jetson-orin-nx-16": jetson("nvme"),
  "jetson-agx-orin-32": jetson("emmc"),
  "jetson-agx-orin-64": jetson("emmc"),
  "pi-4-2": pi("pi-4"),
  "pi-4-4": pi("pi-4"),
  "pi-4-8": pi("pi-4"),
  "pi-5-4": pi("pi-5"),
  "pi-5-8": pi("pi-5"),
  "pi-5-16": pi("pi-5"),
  laptop: computer("powersave"),
  desktop: computer("powersave"),
  server: computer("performance"),
  smartphone: carried,
  tablet: carried,
  "iot-sensor": { ...pi("pi-4"), boot: "other" },
  // What it is shows when it reports: everything may be stated, and nothing is assumed.
  detected: {
    provisioned: true,
    governors,
    dataMedia,
    powerModes: true,
    boot: "other",
    zramFraction: 0,
    watchdogSeconds: 0,
  },
});

/** Media that many small writes wear out, so that logs, swap and databases do not belong there. */
const wearsOut: { readonly [Medium in StorageMedium | DataMedium]: boolean } = {
  microsd: true,
  emmc: true,
  flash: false,
  nvme: false,
  ssd: false,
  "usb-ssd": false,
};

/** True for a medium that many small writes wear out. */
export const isFragile = (medium: StorageMedium | DataMedium): boolean => wearsOut[medium];
