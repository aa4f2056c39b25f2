import type { DevNode, DevState } from "@fogline/dev-cluster";
import { GIBIBYTE } from "@fogline/units";
import type { DevFlux } from "./dev-flux.ts";

/** Nodes as one line: how many of which hardware. */
export const describeNodes = (nodes: readonly DevNode[]): string => {
  const counts = new Map<string, number>();
  for (const { hardware } of nodes) counts.set(hardware, (counts.get(hardware) ?? 0) + 1);
  return `${nodes.length} nodes: ${[...counts].map(([hardware, count]) => `${count} ${hardware}`).join(", ")}`;
};

/** What a node leaves for pods. */
export const nodeSize = ({ cpuCores, memoryBytes }: DevNode): string => `${cpuCores} cores, ${(memoryBytes / GIBIBYTE).toFixed(1)} GiB`;

/** What to type next. */
export const nextSteps = ({ kubeconfig, context }: DevState): string[] => [
  `kubectl --kubeconfig ${kubeconfig}${context === undefined ? "" : ` --context ${context}`} get nodes`,
  "a commit here is fetched within a second; `fogline dev status` says how far it is, `fogline dev down` ends it",
];

/** The answer for machines. Logins stay in the state file. */
export const devValue = ({ request, phase, kubeconfig, context, nodes, programs }: DevState, flux: DevFlux | undefined) => ({
  dev: {
    ...request,
    phase,
    kubeconfig: kubeconfig ?? null,
    context: context ?? null,
    nodes,
    programs: programs.map(({ name, pid }) => ({ name, pid })),
  },
  flux: flux ?? null,
});
