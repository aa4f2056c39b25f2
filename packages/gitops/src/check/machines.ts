import type { Device, Fleet, KnownHardware } from "@fogline/fleet";
import { nodeLabels } from "../host/labels.ts";
import { textsIn } from "../tree/loose.ts";
import type { PodOwner } from "./pods.ts";
import type { CheckContext } from "./rule.ts";

/** A machine of the cluster, as the scheduler of Kubernetes knows it. */
export interface Machine {
  readonly device: Device;
  /** What is known of its hardware; absent until its agent reports. */
  readonly profile?: KnownHardware;
  readonly labels: Readonly<Record<string, string>>;
}

const devicesById = new WeakMap<Fleet, ReadonlyMap<string, Device>>();

/** Looked up once for a fleet, however many clusters are checked. */
const devicesOf = (fleet: Fleet): ReadonlyMap<string, Device> => {
  let devices = devicesById.get(fleet);
  if (devices === undefined) {
    devices = new Map(fleet.devices.map((device) => [device.id, device]));
    devicesById.set(fleet, devices);
  }
  return devices;
};

/** The machines of a cluster, in the order of the fleet file. */
export const machinesOf = ({ fleet, cluster }: CheckContext): Machine[] => {
  const byId = devicesOf(fleet);
  return cluster.devices.flatMap((id) => {
    const device = byId.get(id);
    if (device === undefined) return [];
    const profile = device.profile.kind === "known" ? device.profile : undefined;
    return [
      {
        device,
        ...(profile === undefined ? {} : { profile }),
        labels: {
          "kubernetes.io/hostname": id,
          "kubernetes.io/os": "linux",
          ...(profile === undefined ? {} : { "kubernetes.io/arch": profile.architecture }),
          ...(device.role === "server" ? { "node-role.kubernetes.io/control-plane": "true" } : {}),
          ...nodeLabels(device),
        },
      },
    ];
  });
};

/**
 * The machines that a pod's nodeSelector leaves. A label that no machine is known to have may still be put there by something else, so it
 * rules nothing out.
 */
export const landingPlaces = (owner: PodOwner, machines: readonly Machine[]): readonly Machine[] => {
  const wanted = Object.entries(textsIn(owner.spec.nodeSelector));
  if (wanted.length === 0) return machines;
  const judged = wanted.filter(([key]) => machines.some(({ labels }) => Object.hasOwn(labels, key)));
  return machines.filter(({ labels }) => judged.every(([key, value]) => labels[key] === value));
};

/** Whether a pod asks for a label that no machine is known to have: then nobody can say here where it lands. */
export const landsUnknown = (owner: PodOwner, machines: readonly Machine[]): boolean =>
  Object.keys(textsIn(owner.spec.nodeSelector)).some((key) => !machines.some(({ labels }) => Object.hasOwn(labels, key)));
