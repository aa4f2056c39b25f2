import { GIBIBYTE } from "@fogline/units";
import type { Architecture, DeviceClass } from "./capabilities.ts";

/** What an agent can find out about the thing it runs on. `null` where the system does not say. */
export interface DeviceFacts {
  readonly architecture: Architecture;
  /** From the device tree (`/proc/device-tree/model`), DMI product name, or Android's `ro.product.model`. */
  readonly model: string | null;
  readonly batteryPowered: boolean;
  readonly memoryBytes: number;
  /** SMBIOS 7.4.1 chassis type, as in `/sys/class/dmi/id/chassis_type`. */
  readonly chassisType: number | null;
  /** What the platform says it is: "phone", "tablet", "watch", "server" (Android characteristics, `hostnamectl` chassis). */
  readonly formFactor: string | null;
}

/** A class and the fact that decided it. */
export interface Classification {
  readonly deviceClass: DeviceClass;
  readonly because: string;
}

/** Board and product names, the most particular first. */
const models: readonly (readonly [RegExp, DeviceClass])[] = [
  [/jetson|tegra/i, "jetson"],
  [/raspberry pi/i, "raspberry-pi"],
  [/ipad|galaxy tab|tablet/i, "tablet"],
  [/iphone|pixel \d|galaxy [asz]\d|phone/i, "smartphone"],
  [/macbook|thinkpad|laptop|notebook/i, "laptop"],
  [/esp32|beaglebone|gateway/i, "iot"],
  [/kvm|qemu|virtual machine|vmware|droplet|google compute|ec2|poweredge|proliant/i, "server"],
];

const formFactors: Readonly<Record<string, DeviceClass>> = {
  phone: "smartphone",
  handset: "smartphone",
  tablet: "tablet",
  laptop: "laptop",
  convertible: "laptop",
  desktop: "desktop",
  server: "server",
  vm: "server",
  embedded: "iot",
  watch: "iot",
  tv: "iot",
};

/** SMBIOS chassis types; 1 (other) and 2 (unknown) say nothing and are left out. */
const chassis: Readonly<Record<number, DeviceClass>> = {
  3: "desktop",
  4: "desktop",
  5: "desktop",
  6: "desktop",
  7: "desktop",
  8: "laptop",
  9: "laptop",
  10: "laptop",
  11: "smartphone",
  13: "desktop",
  14: "laptop",
  15: "desktop",
  16: "desktop",
  17: "server",
  23: "server",
  25: "server",
  28: "server",
  29: "server",
  30: "tablet",
  31: "laptop",
  32: "laptop",
  33: "iot",
  34: "iot",
  35: "desktop",
  36: "desktop",
};

const DESKTOP_MEMORY_BYTES_MAX = 64 * GIBIBYTE;
const BOARD_MEMORY_BYTES_MAX = 16 * GIBIBYTE;

/** What processor, battery and memory suggest when nothing names the device. */
const byBuild = ({ architecture, batteryPowered, memoryBytes }: DeviceFacts): Classification => {
  if (architecture === "amd64") {
    if (batteryPowered) return { deviceClass: "laptop", because: "amd64 with a battery" };
    return memoryBytes > DESKTOP_MEMORY_BYTES_MAX
      ? { deviceClass: "server", because: "amd64 without a battery, more than 64 GiB" }
      : { deviceClass: "desktop", because: "amd64 without a battery, at most 64 GiB" };
  }
  if (architecture === "arm64") {
    if (batteryPowered) return { deviceClass: "smartphone", because: "arm64 with a battery" };
    if (memoryBytes > BOARD_MEMORY_BYTES_MAX) return { deviceClass: "server", because: "arm64 without a battery, more than 16 GiB" };
  }
  return { deviceClass: "iot", because: `${architecture}, and nothing says more` };
};

/** What kind of device this is. The first that says something decides: model name, form factor, chassis type, then how it is built. */
export const classify = (facts: DeviceFacts): Classification => {
  const { model, formFactor, chassisType } = facts;
  const named = model === null ? undefined : models.find(([pattern]) => pattern.test(model));
  if (named !== undefined) return { deviceClass: named[1], because: `model "${model}"` };
  const form = formFactor?.toLowerCase() ?? "";
  const formed = Object.hasOwn(formFactors, form) ? formFactors[form] : undefined;
  if (formed !== undefined) return { deviceClass: formed, because: `form factor "${form}"` };
  const housed = chassisType === null ? undefined : chassis[chassisType];
  if (housed !== undefined) return { deviceClass: housed, because: `chassis type ${chassisType}` };
  return byBuild(facts);
};
