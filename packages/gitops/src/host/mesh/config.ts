import type { Fleet } from "@fogline/fleet";
import type { HostContext } from "../context.ts";
import { copied, type HostFile } from "../file.ts";
import { type Member, type Peer, peersOf, relayOf } from "./peers.ts";

/** The private key of a device, which is made there and stays there. */
const KEY_FILE = "/etc/wireguard/fogline.key";
/** Seconds between empty packets on a line that a router would forget: what WireGuard's documentation recommends. */
const KEEPALIVE_SECONDS = 25;
/** Bits of an address that all devices of a fleet share. */
const PREFIX_BITS = 48;

/** The name of the network interface on every device. */
export const MESH_INTERFACE = "fogline";

/** Public keys by device. */
export type MeshKeys = ReadonlyMap<string, string>;

/** Settings of WireGuard for a device, and on the relay the kernel's permission to pass packets on. */
export const meshFiles = ({ fleet, device, meshKeys }: HostContext): readonly HostFile[] => {
  if (device.mesh === undefined) return [];
  const member: Member = { ...device, mesh: device.mesh };
  return [
    {
      path: "wireguard/fogline.conf",
      from: "mesh/config.ts meshFiles",
      notes: [knownBy(device.id, meshKeys), ...unknownPeers(fleet, member, meshKeys)],
      body: meshConfig(fleet, member, meshKeys, [`PostUp = wg set %i private-key ${KEY_FILE}`]),
      install: { to: `/etc/wireguard/${MESH_INTERFACE}.conf`, how: "copy", mode: "0600", after: "sync-mesh" },
      packages: ["wireguard-tools"],
    },
    ...(relayOf(fleet)?.id === device.id ? [forwarding] : []),
  ];
};

/** Read again by provisioning: a device that made a new key uses it as soon as this line names it, which is when its peers have it too. */
const knownBy = (id: string, keys: MeshKeys): string => {
  const key = keys.get(id);
  return key === undefined
    ? "The fleet knows no key of this device yet: provisioning makes one and writes it down."
    : `The fleet knows this device by ${key}`;
};

const unknownPeers = (fleet: Fleet, member: Member, keys: MeshKeys): string[] => {
  const without = peersOf(fleet, member).filter(({ device }) => !keys.has(device.id));
  return without.length === 0 ? [] : [`Left out, because they have no key yet: ${without.map(({ device }) => device.id).join(", ")}.`];
};

/**
 * The file of `wg-quick` for a device. The interface has the whole prefix, so peers come and go without a change of routes, and a packet to a device that
 * nobody knows ends here instead of leaving in clear.
 */
const meshConfig = (fleet: Fleet, member: Member, keys: MeshKeys, more: readonly string[]): string => {
  const { mesh } = fleet;
  if (mesh === undefined) return "";
  const head = ["[Interface]", `Address = ${member.mesh.address}/${PREFIX_BITS}`, `ListenPort = ${mesh.port}`, ...more];
  const peers = peersOf(fleet, member).flatMap((peer) => {
    const key = keys.get(peer.device.id);
    return key === undefined ? [] : ["", ...peerLines(peer, key, mesh.prefix)];
  });
  return [...head, ...peers, ""].join("\n");
};

const peerLines = ({ device, endpoint, keepalive, relay }: Peer, key: string, prefix: string): string[] => [
  `# ${device.id}`,
  "[Peer]",
  `PublicKey = ${key}`,
  // The longest prefix wins: the relay gets what no other line has.
  `AllowedIPs = ${device.mesh.address}/128${relay ? `, ${prefix}::/${PREFIX_BITS}` : ""}`,
  ...(endpoint === undefined ? [] : [`Endpoint = ${endpoint.host}:${endpoint.port}`]),
  ...(keepalive ? [`PersistentKeepalive = ${KEEPALIVE_SECONDS}`] : []),
];

const forwarding: HostFile = {
  path: "wireguard/forwarding.conf",
  from: "mesh/config.ts forwarding",
  notes: [
    "This device passes on what has no direct line; its firewall lets nothing else through.",
    "The kernel then takes no address from a router by itself: give it a fixed one.",
  ],
  body: "net.ipv6.conf.all.forwarding = 1\n",
  install: copied("/etc/sysctl.d/91-fogline-mesh.conf", "load-sysctl"),
};
