import type { ConnectivityName, Device, Fleet } from "@fogline/fleet";
import { yamlText } from "@fogline/manifests";
import { disabledComponents } from "./components.ts";
import type { HostContext, NodeContext } from "./context.ts";
import type { HostFile } from "./file.ts";
import { statusSeconds } from "./kubelet.ts";
import { nodeLabels } from "./labels.ts";

/** Where provisioning puts the cluster's token, readable by root only. */
const TOKEN_FILE = "/etc/rancher/k3s/token";
/** A line below this speed, or one that is metered, carries an image once, and the nodes share it among themselves. */
const NARROW_BYTES_PER_SECOND = 2_500_000;
/** The controller's own grace period since Kubernetes 1.32, and how many missed reports make a node unready. */
const GRACE_SECONDS = 50;
const REPORTS_MISSED = 5;

/** Whether a line is worth sparing even when it is fast. */
const isSpared: { readonly [Name in ConnectivityName]: boolean } = { always: false, metered: true, intermittent: true, "air-gapped": true };

/** True where nodes give each other the images that they have: several of them behind a narrow line. */
export const sharesImages = ({ cluster: { connectivity }, nodes }: NodeContext): boolean =>
  nodes.length > 1 && (isSpared[connectivity.base] || connectivity.bandwidthBytesPerSecond < NARROW_BYTES_PER_SECOND);

const hostName = ({ id }: Device, { domain }: Fleet): string => `${id}.${domain}`;

/** `/etc/rancher/k3s/config.yaml` of a server or an agent. */
export const k3sConfig = ({ fleet, device, node }: HostContext): readonly HostFile[] => {
  if (node === undefined) return [];
  const disabled = node.serves ? disabledComponents(device) : [];
  const notes = [
    "Labels and taints count at the first registration only; later changes are a step of their own.",
    ...disabled.map(({ name, why }) => `${name} is left out: ${why}.`),
  ];
  const body = yamlText({
    "node-name": device.id,
    "token-file": TOKEN_FILE,
    ...(node.serves ? serverKeys(fleet, device, node) : { server: urlOf(node.servers[0], fleet) }),
    ...(device.address === undefined ? {} : { "node-ip": device.address }),
    ...(node.cluster.connectivity.base === "air-gapped" ? { "disable-default-registry-endpoint": true } : {}),
    "protect-kernel-defaults": true,
    // A device file that a device plugin gives to a pod belongs to the pod's user; else it is root's, and no workload here is root.
    "nonroot-devices": true,
    "node-label": Object.entries(nodeLabels(device)).map(([key, value]) => `${key}=${value}`),
    ...(device.host.taints.length === 0 ? {} : { "node-taint": device.host.taints.map(({ key, value, effect }) => `${key}=${value}:${effect}`) }),
  });
  return [
    {
      path: "k3s/config.yaml",
      from: "k3s.ts k3sConfig",
      notes,
      body,
      install: { to: "/etc/rancher/k3s/config.yaml", how: "copy", mode: "0600", after: "restart-k3s" },
    },
  ];
};

const urlOf = (server: Device, fleet: Fleet): string => `https://${server.address ?? hostName(server, fleet)}:6443`;

/** One server keeps its state in SQLite; of several the first begins an etcd, which the others join. */
const serverKeys = (fleet: Fleet, device: Device, node: NodeContext): Record<string, unknown> => {
  const { cluster, servers, nodes } = node;
  const several = servers.length > 1;
  const disabled = disabledComponents(device);
  const graceSeconds = REPORTS_MISSED * Math.max(...nodes.map(statusSeconds));
  return {
    ...(several && device === servers[0] ? { "cluster-init": true } : {}),
    ...(several && device !== servers[0] ? { server: urlOf(servers[0], fleet) } : {}),
    "tls-san": [`${cluster.name}.${fleet.domain}`, hostName(device, fleet), ...(device.address === undefined ? [] : [device.address])],
    "write-kubeconfig-mode": "0600",
    "secrets-encryption": true,
    // All nodes of a cluster are at one site, so packets between them need no encryption of their own.
    "flannel-backend": "vxlan",
    ...(disabled.length === 0 ? {} : { disable: disabled.map(({ name }) => name) }),
    ...(sharesImages(node) ? { "embedded-registry": true } : {}),
    ...(graceSeconds > GRACE_SECONDS ? { "kube-controller-manager-arg": [`node-monitor-grace-period=${graceSeconds}s`] } : {}),
  };
};
