import type { Finding } from "@fogline/findings";
import type { Device, Fleet } from "@fogline/fleet";
import type { MeshKeys } from "./config.ts";
import { isMember, peersOf } from "./peers.ts";

/** One device that gets a new key. */
export interface RotationStep {
  readonly device: string;
  /** The public key that its peers know now. */
  readonly key: string;
  /** Who knows it, and is told the new one; a peer without a key is not set up yet. */
  readonly peers: readonly string[];
}

export interface RotationPlan {
  readonly steps: readonly RotationStep[];
  /** With one of these nothing is done. */
  readonly findings: readonly Finding[];
}

/** New keys for those of the devices that are in the mesh, in the order in which they are given. Without any it says why of each. Pure. */
export const planRotation = (fleet: Fleet, devices: readonly Device[], keys: MeshKeys): RotationPlan => {
  const members = devices.filter(isMember);
  const refused = (message: string, object: string, remedy?: string): Finding => ({
    ...{ code: "FL4178", severity: "error", message, object },
    ...(remedy === undefined ? {} : { remedy }),
  });
  if (members.length === 0) return { steps: [], findings: devices.map(({ id }) => refused(`${id} is not in the mesh`, id)) };
  const findings = members
    .filter(({ id }) => !keys.has(id))
    .map(({ id }) => refused(`${id} has no key that could be changed`, id, `Run \`fogline bootstrap ${id}\`, which makes its first one.`));
  const steps = members.map((device) => ({
    device: device.id,
    key: keys.get(device.id) ?? "",
    peers: peersOf(fleet, device).flatMap(({ device: { id } }) => (keys.has(id) ? [id] : [])),
  }));
  return { steps, findings };
};
