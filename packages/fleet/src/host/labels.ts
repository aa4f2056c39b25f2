/** Domain of the labels that render gives to nodes. */
const NODE_LABEL_DOMAIN = "fogline.dev";

const labelOf = (name: string): string => `${NODE_LABEL_DOMAIN}/${name}`;

/** The names of the labels that every node has, for node selectors. */
export const nodeLabelNames = {
  class: labelOf("class"),
  connectivity: labelOf("connectivity"),
  data: labelOf("data"),
  hardware: labelOf("hardware"),
  ring: labelOf("ring"),
  site: labelOf("site"),
  tier: labelOf("tier"),
} as const;

/** Labels outside of our domain that follow from the hardware, so that nobody states them by hand. */
const derived = ["nvidia.com/device-plugin.config", "nvidia.com/gpu.present"];

/** Labels of the Kubernetes domains that a kubelet may give to its own node. */
const allowed = new Set([
  "beta.kubernetes.io/arch",
  "beta.kubernetes.io/instance-type",
  "beta.kubernetes.io/os",
  "failure-domain.beta.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "kubernetes.io/arch",
  "kubernetes.io/hostname",
  "kubernetes.io/os",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
]);

const isWithin = (domain: string, parent: string): boolean => domain === parent || domain.endsWith(`.${parent}`);

/** True for a label that render sets itself. */
export const isDerivedLabel = (key: string): boolean => isWithin(domainOf(key), NODE_LABEL_DOMAIN) || derived.includes(key);

/** True for a label with which a kubelet refuses to start: those of Kubernetes' own domains are given by the control plane only. */
export const isRefusedByKubelet = (key: string): boolean => {
  const domain = domainOf(key);
  if (!isWithin(domain, "kubernetes.io") && !isWithin(domain, "k8s.io")) return false;
  return !allowed.has(key) && !isWithin(domain, "kubelet.kubernetes.io") && !isWithin(domain, "node.kubernetes.io");
};

const domainOf = (key: string): string => (key.includes("/") ? key.slice(0, key.indexOf("/")) : "");
