import type { DeviceCapabilities } from "@fogline/contracts/device";

/** The numbers of a made-up device. A known hardware profile of the fleet fits as it is. */
export interface SimulatedHardware {
  readonly architecture: DeviceCapabilities["architecture"];
  readonly deviceClass: DeviceCapabilities["deviceClass"];
  /** What the device calls itself; by default the hardware profile's name. */
  readonly model?: string;
  readonly name?: string;
  readonly cpuCores: number;
  readonly memoryBytes: number;
  readonly storage?: { readonly bytes?: number };
  readonly gpu?: { readonly model: string };
  readonly battery: boolean;
  readonly thermal?: { readonly throttleCelsius: number; readonly celsiusMax: number };
  readonly idleWatts: number;
  readonly wattsMax: number;
  readonly features?: readonly string[];
  readonly networkBandwidthMbps?: number;
}

/** Storage of a device whose profile leaves it open: a common card. */
const storageBytesDefault = 64 * 1024 ** 3;

export const storageBytesOf = (hardware: SimulatedHardware): number => hardware.storage?.bytes ?? storageBytesDefault;

/** What a device of this hardware would detect of itself. */
export const capabilitiesOf = (hardware: SimulatedHardware): DeviceCapabilities => {
  const model = hardware.model ?? hardware.name;
  const handheld = hardware.deviceClass === "smartphone" || hardware.deviceClass === "tablet";
  return {
    architecture: hardware.architecture,
    deviceClass: hardware.deviceClass,
    ...(model === undefined ? {} : { model }),
    operatingSystem: "Fogline simulation",
    kernel: "simulated",
    cpuCores: Math.max(1, Math.floor(hardware.cpuCores)),
    memoryBytes: hardware.memoryBytes,
    storageBytes: storageBytesOf(hardware),
    ...(hardware.gpu === undefined ? {} : { gpu: { model: hardware.gpu.model, count: 1 } }),
    batteryPowered: hardware.battery,
    features: [...(hardware.features ?? [])],
    networkInterfaces: [
      { name: handheld ? "wlan0" : "eth0", kind: handheld ? "wifi" : "ethernet", speedMbps: hardware.networkBandwidthMbps ?? null },
    ],
  };
};
