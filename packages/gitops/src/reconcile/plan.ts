import type { EmbeddedWorkload } from "./interpret.ts";

/** What a reconcile does, in order. */
export type ReconcileStep =
  | { readonly kind: "stop"; readonly workload: string; readonly reason: string }
  | { readonly kind: "start"; readonly workload: EmbeddedWorkload }
  | { readonly kind: "restart"; readonly workload: EmbeddedWorkload; readonly changed: readonly string[] }
  | { readonly kind: "scale"; readonly workload: EmbeddedWorkload; readonly from: number };

/**
 * The steps from what runs to what is wanted. What is no longer wanted stops first (in the reverse of its starting order), so that a port it
 * held is free; then the rest in the order of the tree. A workload that is the same is not touched.
 */
export const planReconcile = (running: readonly EmbeddedWorkload[], wanted: readonly EmbeddedWorkload[]): ReconcileStep[] => {
  const now = new Map(running.map((workload) => [workload.name, workload]));
  const names = new Set(wanted.map(({ name }) => name));
  const stops = running
    .filter(({ name }) => !names.has(name))
    .toReversed()
    .map(({ name }): ReconcileStep => ({ kind: "stop", workload: name, reason: "it is no longer in the tree" }));
  const changes = wanted.flatMap((workload): ReconcileStep[] => {
    const current = now.get(workload.name);
    if (current === undefined) return [{ kind: "start", workload }];
    const changed = changesOf(current, workload);
    if (changed.length > 0) return [{ kind: "restart", workload, changed }];
    return current.replicas === workload.replicas ? [] : [{ kind: "scale", workload, from: current.replicas }];
  });
  return [...stops, ...changes];
};

/** What differs in a way that a running replica cannot take on, as words for a person. */
const changesOf = (current: EmbeddedWorkload, wanted: EmbeddedWorkload): string[] => {
  const names = new Set([...Object.keys(current.environment), ...Object.keys(wanted.environment)]);
  const variables = [...names].filter((name) => current.environment[name] !== wanted.environment[name]).toSorted();
  return [...(current.version === wanted.version ? [] : [`version ${current.version} to ${wanted.version}`]), ...variables];
};
