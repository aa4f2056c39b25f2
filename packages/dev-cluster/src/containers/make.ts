import { platform } from "node:os";
import { join } from "node:path";
import { FoglineError } from "@fogline/findings";
import { type Chosen, devNode } from "../chosen.ts";
import { deviceResources } from "../flux-cluster.ts";
import { freePorts } from "../program.ts";
import { type DevState, readState, writeState } from "../state.ts";
import { lastWords, runCommand } from "./commands.ts";
import { engineHere, hasCluster, reachedBy } from "./engine.ts";
import { type Constrained, constrained } from "./kind-config.ts";
import { type ContainersPlan, planContainers } from "./plan.ts";

/** Nodes that a laptop's engine carries: a kubelet takes some 300 MiB and much of a core while it starts. */
const nodesMax = 12;

const change = (folder: string, fields: (state: DevState) => Partial<DevState>): void => {
  const state = readState(folder);
  if (state === undefined) throw new FoglineError("FL4183", `there is no dev cluster in ${folder}`);
  writeState(folder, { ...state, ...fields(state) });
};

/** What a node cannot offer of its board, because the engine has less; for people. */
const lacking = (nodes: readonly Constrained[]): string[] =>
  nodes.flatMap(({ machine, cpuCores, memoryBytes }) => {
    const [cores, bytes] = [machine.cpuCores - machine.reservedCores, machine.memoryBytes - machine.reservedMemoryBytes];
    const less = [...(cpuCores < cores ? [`${cpuCores} of ${cores} cores`] : []), ...(memoryBytes < bytes ? ["less memory"] : [])];
    return less.length === 0 ? [] : [`${machine.name} offers ${less.join(" and ")}: the container engine has no more`];
  });

/** Names of clusters in an engine: letters, digits and hyphens. */
const engineName = (fleet: string): string => `fogline-${fleet}`;

/** Of a registry, which may be a folder of a host: `ghcr.io` of `ghcr.io/acme`. */
const hostOf = (registry: string): string => registry.split("/")[0] ?? registry;

/** What is to be made, and what of the boards this engine cannot play. */
export interface PreparedContainers extends ContainersPlan {
  readonly lacking: readonly string[];
  readonly network: string;
}

/**
 * Looks whether the containers of a dev cluster can be made here, and plans them; makes nothing. Rejects with FL4184 where no engine or program for it
 * is here, FL4182 where somebody else's cluster has the name, FL4185 for more nodes than an engine carries.
 */
export const prepareContainers = async (folder: string, kind: "kind" | "k3d", { fleet, machines, tree }: Chosen): Promise<PreparedContainers> => {
  // The control plane is a container of its own, and plays this machine.
  const mocked = machines.filter(({ hardware }) => hardware !== "this machine");
  if (mocked.length > nodesMax) throw new FoglineError("FL4185", `${mocked.length} nodes were asked for, and an engine carries ${nodesMax}`);
  const engine = await engineHere();
  const name = engineName(fleet.name);
  if (await hasCluster(kind, name)) throw new FoglineError("FL4182", `${kind} has a cluster ${name} that was not made from here`);
  const [registryPort = 0] = await freePorts(1);
  const kubeconfig = join(folder, "kubeconfig");
  const known = {
    kind,
    name,
    machines: mocked,
    engine,
    registryPort,
    registryHost: hostOf(fleet.registry),
    kubeconfig,
    devices: deviceResources(tree),
  };
  return {
    ...planContainers(known),
    lacking: lacking(mocked.map((machine) => constrained(machine, engine))),
    network: kind === "kind" ? "kind" : `k3d-${name}`,
  };
};

/** Carries the plan out for a claimed dev cluster. What is made is written down before. Rejects with FL4184 where an image cannot be had. */
export const makeContainers = async (folder: string, plan: PreparedContainers, begun: (doing: string) => void): Promise<void> => {
  for (const sentence of plan.lacking) begun(sentence);
  for (const { doing, program, args, input = "", makes } of plan.steps) {
    begun(doing);
    if (makes !== undefined) change(folder, ({ made }) => ({ made: [...made, makes] }));
    const ran = await runCommand(program, args, { input });
    if (ran.status === 0) continue;
    throw new FoglineError(makes === undefined ? "FL4183" : "FL4184", `${program} ${args.slice(0, 2).join(" ")} failed: ${lastWords(ran)}`);
  }
  const nodes = plan.nodes.map((node) => ({ ...devNode(node.machine, node.name), cpuCores: node.cpuCores, memoryBytes: node.memoryBytes }));
  const reached = await reachedBy(plan.network, platform());
  change(folder, () => ({ kubeconfig: join(folder, "kubeconfig"), context: plan.context, nodes, reached }));
};
