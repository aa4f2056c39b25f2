/**
 * Kernel settings that the kubelet insists on under `protect-kernel-defaults`: it refuses to start when one of them differs, so that a machine never
 * runs pods on a kernel that kills or hangs in another way than Kubernetes expects.
 */
export const kubeletSysctl: Readonly<Record<string, string>> = Object.freeze({
  "kernel.keys.root_maxbytes": "25000000",
  "kernel.keys.root_maxkeys": "1000000",
  "kernel.panic": "10",
  "kernel.panic_on_oops": "1",
  "vm.overcommit_memory": "1",
  "vm.panic_on_oom": "0",
});

/** What pods on a bridged network cannot do without. */
export const networkSysctl: Readonly<Record<string, string>> = Object.freeze({
  "net.bridge.bridge-nf-call-ip6tables": "1",
  "net.bridge.bridge-nf-call-iptables": "1",
  "net.ipv4.ip_forward": "1",
});

const NAME = /^[a-z0-9_]+(\.[a-z0-9_-]+)+$/;
const VALUE = /^[\x21-\x7e]+( [\x21-\x7e]+)*$/;

/** Why a kernel setting cannot be stated; nothing when it can. Node or not decides whether Kubernetes has a say. */
export const sysctlObjection = (name: string, value: string, node: boolean): string | undefined => {
  if (!NAME.test(name)) return `${name} is not the name of a kernel setting`;
  if (value.length > 200 || !VALUE.test(value)) return `${name} has a value that is not one line of plain text`;
  const needed = node ? (kubeletSysctl[name] ?? networkSysctl[name]) : undefined;
  return needed === undefined || needed === value ? undefined : `${name} is set to ${value}, a node of Kubernetes needs ${needed}`;
};
