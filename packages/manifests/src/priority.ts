/**
 * Priority classes of every cluster, the most important first. When memory runs short on a node, Kubernetes evicts from the last.
 * Above all stand Kubernetes' own `system-node-critical` and `system-cluster-critical`.
 */
export const priorityClasses = {
  "fogline-node": { value: 1_000_000, description: "What a node needs to be one of the fleet: agents, device plugins." },
  "fogline-hub": { value: 900_000, description: "The hub's own workloads." },
  "fogline-workload": { value: 500_000, description: "What the fleet is there for." },
} as const;
export type PriorityClassName = keyof typeof priorityClasses;
