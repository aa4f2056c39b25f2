import type { PlacementExplanation, TaskSpec } from "@fogline/contracts";

const MiB = 1024 ** 2;

/** What the nodes that a rule refused have in common, after their number: "3 are not online". */
const shared: Readonly<Record<string, (spec: TaskSpec) => string>> = {
  status: () => "not online",
  draining: () => "draining",
  node: (spec) => `not ${spec.node}`,
  site: (spec) => `not at site ${spec.site}`,
  tier: (spec) => `not of tier ${spec.tiers?.join(" or ")}`,
  architecture: (spec) => `not ${spec.architecture}`,
  cpu: (spec) => `without ${spec.cpuCores} free CPU cores`,
  memory: (spec) => `without ${Math.ceil(spec.memoryBytes / MiB)} MiB free`,
  gpu: () => "without a free GPU",
  tasks: () => "full of tasks",
  residency: (spec) => `not in ${spec.residency}`,
  "failed-here": () => "that failed it or cannot be reached",
  containers: () => "without a container runtime",
};

/** Why no node takes the task, in a sentence that changes only when the counts do: "needs a GPU: 0 of 9 nodes have one free". */
export const waitingReason = (placement: PlacementExplanation, spec: TaskSpec): string => {
  const total = placement.refused.length;
  if (total === 0) return "waits: there are no nodes";
  const byRule = Map.groupBy(placement.refused, ({ refusal }) => refusal.rule);
  if (spec.node !== undefined) {
    const pinned = placement.refused.find(({ node }) => node === spec.node);
    return pinned === undefined ? `waits: its node ${spec.node} does not exist` : `waits for its node: ${pinned.refusal.message}`;
  }
  if (spec.gpu && byRule.has("gpu")) return `needs a GPU: 0 of ${total} nodes have one free${rest(byRule, spec, "gpu")}`;
  return `waits: 0 of ${total} nodes can take it${rest(byRule, spec)}`;
};

const rest = (byRule: ReadonlyMap<string, readonly unknown[]>, spec: TaskSpec, except?: string): string => {
  const parts = [...byRule]
    .filter(([rule]) => rule !== except)
    .sort(([ruleA, a], [ruleB, b]) => b.length - a.length || (ruleA < ruleB ? -1 : 1))
    .map(([rule, refused]) => `${refused.length} ${shared[rule]?.(spec) ?? `refused by ${rule}`}`);
  return parts.length === 0 ? "" : `; ${parts.join(", ")}`;
};
