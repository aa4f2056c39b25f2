import type { Device, Fleet, MeshMember } from "@fogline/fleet";

/** A device that is in the mesh. */
export type Member = Device & { readonly mesh: MeshMember };

/** One line of WireGuard from a device to another. */
export interface Peer {
  readonly device: Member;
  /** Where it is called; absent where it has to call. */
  readonly endpoint?: { readonly host: string; readonly port: number };
  /** Whether the line must be kept open, because the other side cannot open it. */
  readonly keepalive: boolean;
  /** Whether it passes on what has no line of its own. */
  readonly relay: boolean;
}

interface Topology {
  readonly bySite: ReadonlyMap<string, readonly Member[]>;
  readonly members: readonly Member[];
  readonly callable: readonly Member[];
}

export const isMember = (device: Device): device is Member => device.mesh !== undefined;
const topologies = new WeakMap<Fleet, Topology>();

const topologyOf = (fleet: Fleet): Topology => {
  let topology = topologies.get(fleet);
  if (topology === undefined) {
    const members = fleet.devices.filter(isMember);
    topology = { members, bySite: Map.groupBy(members, ({ site }) => site), callable: members.filter(({ mesh }) => mesh.endpoint !== undefined) };
    topologies.set(fleet, topology);
  }
  return topology;
};

/** The device that passes packets on between those without a line: the first one with an endpoint. Without one, such devices do not reach each other. */
export const relayOf = (fleet: Fleet): Member | undefined => topologyOf(fleet).callable[0];

/** Where `from` calls `to`: in its own site by its address, else by its endpoint. */
const wayTo = (fleet: Fleet, from: Member, to: Member): Peer["endpoint"] =>
  from.site === to.site && to.address !== undefined ? { host: to.address, port: fleet.mesh?.port ?? 0 } : to.mesh.endpoint;

/**
 * The peers of a device in the order of the fleet file. Two devices are peers when one of them can call the other, so the relation is symmetric. A device
 * that is reached by calls alone keeps its line open: its router forgets a silent one.
 */
export const peersOf = (fleet: Fleet, device: Member): readonly Peer[] => {
  const { members, bySite, callable } = topologyOf(fleet);
  const relay = relayOf(fleet);
  const near = bySite.get(device.site) ?? [];
  const candidates = device.mesh.endpoint === undefined ? new Set([...near, ...callable]) : new Set(members);
  return [...candidates]
    .filter(({ id }) => id !== device.id)
    .flatMap((other) => {
      const endpoint = wayTo(fleet, device, other);
      const back = wayTo(fleet, other, device);
      if (endpoint === undefined && back === undefined) return [];
      return [
        {
          device: other,
          ...(endpoint === undefined ? {} : { endpoint }),
          keepalive: endpoint !== undefined && back === undefined,
          relay: other === relay,
        },
      ];
    })
    .toSorted((a, b) => orderOf(fleet, a.device) - orderOf(fleet, b.device));
};

const orders = new WeakMap<Fleet, ReadonlyMap<Device, number>>();
const orderOf = (fleet: Fleet, device: Device): number => {
  let order = orders.get(fleet);
  if (order === undefined) {
    order = new Map(fleet.devices.map((each, index) => [each, index]));
    orders.set(fleet, order);
  }
  return order.get(device) ?? 0;
};
