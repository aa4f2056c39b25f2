import { buildFleet } from "../build.ts";
import { type DeclaredDevice, declaredDevices, numberOf, tableOf, textOf } from "../declared.ts";
import type { FleetDocument } from "../document.ts";
import type { Device, Fleet } from "../model.ts";
import { type DeviceRow, labelsText } from "./columns.ts";

/**
 * The devices of a checked document as rows, one a device: ranges are expanded, and what a cluster, site or kind of hardware decides is filled in.
 * `power` and `gpu_slices` are as declared, and empty where nothing is.
 */
export const deviceRows = (document: FleetDocument, fleet: Fleet = buildFleet(document)): readonly DeviceRow[] => {
  const declared = new Map(declaredDevices(document).map((device) => [device.id, device]));
  return fleet.devices.map((device) => rowOf(device, declared.get(device.id)));
};

const rowOf = (device: Device, declared: DeclaredDevice | undefined): DeviceRow => ({
  id: device.id,
  cluster: device.cluster ?? "",
  site: device.site,
  hardware: device.hardware,
  role: device.role,
  ring: device.ring,
  tier: device.tier,
  connectivity: device.connectivity.name,
  address: device.address ?? "",
  mac: device.mac ?? "",
  serial: device.serial ?? "",
  data: device.data ?? "",
  power: textOf(declared?.fields.power) ?? "",
  gpu_slices: String(numberOf(tableOf(declared?.fields.gpu).slices) ?? ""),
  labels: labelsText(device.labels),
});
