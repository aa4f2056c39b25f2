import type { Machine } from "../machines.ts";
import type { Made } from "../state.ts";
import { k3dConfig, k3dNodeName } from "./k3d-config.ts";
import { type Constrained, constrained, type Engine, kindConfig, kindNodeName } from "./kind-config.ts";

/** One command that makes a dev cluster of containers, and what of it must be taken away again. */
export interface ContainerStep {
  readonly doing: string;
  readonly program: "docker" | "kind" | "k3d" | "kubectl";
  readonly args: readonly string[];
  /** What it reads. */
  readonly input?: string;
  /** What it makes, written down before it runs. */
  readonly makes?: Made;
}

export interface ContainersOptions {
  readonly kind: "kind" | "k3d";
  /** The name of the cluster in the engine. */
  readonly name: string;
  readonly machines: readonly Machine[];
  readonly engine: Engine;
  /** Where the registry listens on this machine. */
  readonly registryPort: number;
  /** The registry that the fleet's images come from, which the local one stands for. */
  readonly registryHost: string;
  readonly kubeconfig: string;
  /** Resources that device plugins would offer. */
  readonly devices: readonly string[];
}

export interface ContainersPlan {
  readonly steps: readonly ContainerStep[];
  readonly context: string;
  readonly nodes: readonly (Constrained & { readonly name: string })[];
}

/** CNCF Distribution. */
const registryImage = "registry:3";

/** Plans a cluster of containers: the cluster, its registry, and what holds its nodes to their boards. */
export const planContainers = (options: ContainersOptions): ContainersPlan => {
  const { kind, name, machines, engine } = options;
  const nodeName = kind === "kind" ? kindNodeName : k3dNodeName;
  const nodes = machines.map((machine, index) => ({ ...constrained(machine, engine), name: nodeName(name, index) }));
  const context = `${kind}-${name}`;
  const made = kind === "kind" ? kindSteps(options, nodes) : k3dSteps(options, nodes);
  return { steps: [...made, ...nodes.flatMap((node) => [limit(node, engine), ...offer(node, options, context)])], context, nodes };
};

type NamedNode = ContainersPlan["nodes"][number];

/** https://kind.sigs.k8s.io/docs/user/local-registry/ */
const kindSteps = ({ name, engine, registryPort, registryHost, kubeconfig }: ContainersOptions, nodes: readonly NamedNode[]): ContainerStep[] => {
  const registry = `${name}-registry`;
  const hosts = `[host."http://${registry}:5000"]\n  capabilities = ["pull", "resolve"]\n`;
  const nodeNames = [`${name}-control-plane`, ...nodes.map((node) => node.name)];
  const folder = `/etc/containerd/certs.d/${registryHost}`;
  return [
    {
      doing: `kind with ${nodes.length} nodes beside its control plane`,
      program: "kind",
      args: ["create", "cluster", "--name", name, "--config", "-", "--kubeconfig", kubeconfig, "--wait", "180s"],
      input: kindConfig(name, nodes, engine),
      makes: { what: "kind-cluster", name },
    },
    {
      doing: `a registry at 127.0.0.1:${registryPort}`,
      program: "docker",
      args: ["run", "--detach", "--name", registry, "--publish", `127.0.0.1:${registryPort}:5000`, "--network", "kind", registryImage],
      makes: { what: "container", name: registry },
    },
    ...nodeNames.map(
      (node): ContainerStep => ({
        doing: `${registryHost} on ${node} is that registry`,
        program: "docker",
        args: ["exec", "--interactive", node, "sh", "-c", `mkdir -p ${folder} && cat > ${folder}/hosts.toml`],
        input: hosts,
      }),
    ),
  ];
};

const k3dSteps = ({ name, engine, registryPort, registryHost, kubeconfig }: ContainersOptions, nodes: readonly NamedNode[]): ContainerStep[] => [
  {
    doing: `k3d with ${nodes.length} nodes beside its server, and a registry at 127.0.0.1:${registryPort}`,
    program: "k3d",
    args: ["cluster", "create", "--config", "-"],
    input: k3dConfig(name, nodes, engine, { name: `${name}-registry`, port: registryPort, mirrors: registryHost }),
    // Its registry goes with it.
    makes: { what: "k3d-cluster", name },
  },
  { doing: "its kubeconfig", program: "k3d", args: ["kubeconfig", "write", name, "--output", kubeconfig] },
];

/** A container that uses what its board does not have is stopped by the kernel, as the board would be. Docker refuses more cores than it has. */
const limit = ({ name, machine }: NamedNode, engine: Engine): ContainerStep => {
  const memory = String(machine.memoryBytes);
  return {
    doing: `${name} has the memory and cores of a ${machine.hardware}`,
    program: "docker",
    args: ["update", "--memory", memory, "--memory-swap", memory, "--cpus", String(Math.min(machine.cpuCores, engine.cpuCores)), name],
  };
};

/** https://kubernetes.io/docs/tasks/administer-cluster/extended-resource-node/ */
const offer = ({ name, machine }: NamedNode, { devices, kubeconfig }: ContainersOptions, context: string): ContainerStep[] => {
  const resources = { ...machine.resources, ...Object.fromEntries(devices.map((device) => [device, 1])) };
  if (Object.keys(resources).length === 0) return [];
  const capacity = Object.fromEntries(Object.entries(resources).map(([key, count]) => [key, String(count)]));
  return [
    {
      doing: `${name} offers ${Object.keys(resources).join(", ")}`,
      program: "kubectl",
      args: [
        ...["--kubeconfig", kubeconfig, "--context", context, "patch", "node", name, "--subresource=status", "--type=merge"],
        ...["--patch", JSON.stringify({ status: { capacity } })],
      ],
    },
  ];
};
