import { type Device, hostFacts } from "@fogline/fleet";

/**
 * How a blank machine is told who it is. `pi`: cloud-init reads files on the boot partition. `seed`: cloud-init reads a small medium named cidata.
 * `jetson`: the files lie in the image that is flashed, because NVIDIA's has no cloud-init. `none`: a phone or tablet, which boots nothing of ours.
 */
export type FirstBootWay = "pi" | "seed" | "jetson" | "none";

/** How a device is told who it is, by its hardware. */
export const firstBootWay = ({ hardware, profile }: Device): FirstBootWay => {
  if (profile.kind === "detected") return "seed";
  if (profile.deviceClass === "jetson") return "jetson";
  if (hostFacts[hardware].boot !== "other") return "pi";
  return hostFacts[hardware].provisioned ? "seed" : "none";
};

/** Whether the hardware may have several network cards, so that an address needs a MAC address to find its own. */
export const mayHaveSeveralCards = (device: Device): boolean =>
  firstBootWay(device) === "seed" && device.profile.kind === "known" && device.profile.deviceClass !== "iot";
