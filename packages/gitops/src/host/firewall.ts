import type { HostContext, NodeContext } from "./context.ts";
import type { HostFile } from "./file.ts";
import { sharesImages } from "./k3s.ts";
import { MESH_INTERFACE } from "./mesh/config.ts";

/** Interfaces that pods of the node reach it through. */
const POD_INTERFACES = ["cni0", "flannel.1"];
/** Where nodes without a stated address may be: private networks (RFC 1918). */
const PRIVATE_NETWORKS = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/** Ports of K3s as its documentation has them. */
const port = { api: "6443", kubelet: "10250", etcd: "2379-2380", images: "5001", vxlan: "8472" } as const;

/** One line of the input chain with the reason above it. */
interface Rule {
  readonly why: string;
  readonly rules: readonly string[];
}

/**
 * What the device answers to. A table of its own, so that the chains of K3s stay as they are; it is replaced as a whole or not at all. Ports of pods are
 * not here: K3s turns a packet to one away to its pod before this chain sees it, and NetworkPolicy decides.
 */
export const firewallFiles = (context: HostContext): readonly HostFile[] => {
  const { firewall } = context.device.host;
  if (firewall === undefined) return [];
  const rules = inputRules(context, firewall.open);
  const input = rules.flatMap(({ why, rules: lines }) => [`# ${why}`, ...lines]);
  const body = [
    "table inet fogline",
    "delete table inet fogline",
    "table inet fogline {",
    "\tchain input {",
    `\t\ttype filter hook input priority filter; policy ${firewall.input};`,
    ...input.map((line) => `\t\t${line}`),
    "\t}",
    ...(context.device.mesh === undefined ? [] : forwardChain.map((line) => `\t${line}`)),
    "}",
    "",
  ].join("\n");
  return [
    {
      path: "firewall/fogline.nft",
      from: "firewall.ts firewallFiles",
      notes: ["The first two lines make and remove the table, so that the file loads whether it is there or not."],
      body,
      install: { to: "/etc/fogline/firewall.nft", how: "trial", mode: "0644", after: "load-firewall" },
      packages: ["nftables"],
    },
  ];
};

const inputRules = (context: HostContext, open: readonly string[]): readonly Rule[] => {
  const { fleet, device, node } = context;
  const { mesh } = device;
  return [
    { why: "answers, and what belongs to a known connection", rules: ["ct state established,related accept", "ct state invalid drop"] },
    { why: "the device itself", rules: ['iifname "lo" accept'] },
    {
      why: "who is there, which way, and how large a packet may be; without it IPv6 does not work",
      rules: [
        "icmp type { destination-unreachable, time-exceeded, parameter-problem } accept",
        "icmp type echo-request limit rate 20/second accept",
        "icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept",
        "icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report } accept",
        "icmpv6 type echo-request limit rate 20/second accept",
      ],
    },
    { why: "addresses from a router", rules: ["udp sport 67 udp dport 68 accept", "ip6 saddr fe80::/10 udp dport 546 accept"] },
    { why: "SSH, by which the device is set up", rules: [`tcp dport ${device.host.ssh.port} accept`] },
    ...(mesh === undefined || fleet.mesh === undefined
      ? []
      : [{ why: "the mesh; WireGuard itself answers nobody whose key it does not know", rules: [`udp dport ${fleet.mesh.port} accept`] }]),
    ...(node === undefined ? [] : nodeRules(context, node)),
    ...(open.length === 0 ? [] : [{ why: "the fleet file", rules: open.map((text) => `${text.replace("/", " dport ")} accept`) }]),
  ];
};

/** Servers of the cluster reach each other's database, nodes each other's kubelet and pods. */
const nodeRules = ({ device }: HostContext, node: NodeContext): readonly Rule[] => {
  const others = node.nodes.filter(({ id }) => id !== device.id);
  const servers = node.servers.filter(({ id }) => id !== device.id);
  const from = (devices: typeof others): string => {
    const addresses = devices.flatMap(({ address }) => address ?? []);
    return `ip saddr { ${(addresses.length === devices.length ? addresses : PRIVATE_NETWORKS).join(", ")} }`;
  };
  const unsure = others.some(({ address }) => address === undefined) ? "; not all have an address in the fleet file, so any private one counts" : "";
  const tcp = [port.kubelet, ...(node.serves ? [port.api] : []), ...(sharesImages(node) ? [port.images] : [])];
  return [
    ...(others.length === 0
      ? []
      : [
          {
            why: `the nodes of ${node.cluster.name}: kubelet${node.serves ? ", API server" : ""}, packets between pods${unsure}`,
            rules: [`${from(others)} tcp dport { ${tcp.join(", ")} } accept`, `${from(others)} udp dport ${port.vxlan} accept`],
          },
        ]),
    ...(node.serves && servers.length > 0 ? [{ why: "its servers: etcd", rules: [`${from(servers)} tcp dport ${port.etcd} accept`] }] : []),
    {
      why: "pods of this node: kubelet and API server",
      rules: [`iifname { ${POD_INTERFACES.map((name) => `"${name}"`).join(", ")} } tcp dport { ${port.api}, ${port.kubelet} } accept`],
    },
    ...(node.serves && device.mesh !== undefined
      ? [{ why: "people in the mesh: API server", rules: [`iifname "${MESH_INTERFACE}" tcp dport ${port.api} accept`] }]
      : []),
  ];
};

/** Between the mesh and everything else nothing is passed on; what K3s passes on between pods is its own business. */
const forwardChain = [
  "chain forward {",
  "\ttype filter hook forward priority filter; policy accept;",
  `\tiifname "${MESH_INTERFACE}" oifname != "${MESH_INTERFACE}" drop`,
  `\tiifname != "${MESH_INTERFACE}" oifname "${MESH_INTERFACE}" drop`,
  "}",
];
