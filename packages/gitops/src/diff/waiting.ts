import { kustomizationsIn } from "../tree/kustomizations.ts";
import type { ClusterTree } from "../tree/tree.ts";
import type { Pair } from "./match.ts";

/** Before every stage: a Kustomization that waits for another one. */
const NOTHING_APPLIED = -1;

/** Flux applies a Kustomization in stages, each tried as a whole first (fluxcd/pkg `ssa`, `ApplyAllStaged`). */
const stageOf = (kind: string): number => {
  if (["ClusterRole", "CustomResourceDefinition", "Namespace"].includes(kind)) return 0;
  return kind.endsWith("Class") ? 1 : 2;
};

/** The stage at which each Kustomization stops, by its name: the first with something that the server refuses, or none for what depends on such a one. */
const stopsOf = (pairs: readonly Pair[], now: ClusterTree): ReadonlyMap<string, number> => {
  const stops = new Map<string, number>();
  for (const { change, kind, after } of pairs) {
    if (change !== "refused" || after?.owner === undefined) continue;
    stops.set(after.owner.name, Math.min(stageOf(kind), stops.get(after.owner.name) ?? Number.POSITIVE_INFINITY));
  }
  if (stops.size === 0) return stops;
  const blocked = new Set(stops.keys());
  for (let size = 0; size !== blocked.size; ) {
    size = blocked.size;
    for (const { name, dependsOn } of kustomizationsIn(now)) {
      if (!dependsOn.some((key) => blocked.has(key.slice(key.indexOf("/") + 1)))) continue;
      blocked.add(name);
      stops.set(name, NOTHING_APPLIED);
    }
  }
  return stops;
};

/** Whether a change does not come about where its Kustomization stops at a stage. What is pruned is so after the last of them. */
const waitsAt = ({ change, kind }: Pair, stop: number): boolean => {
  if (change === "recreated") return stop === NOTHING_APPLIED;
  return change === "removed" || ((change === "added" || change === "changed") && stageOf(kind) >= stop);
};

/** Pairs of which those wait that a Kustomization does not come to, because the server refuses something before. */
export const withWaiting = (pairs: readonly Pair[], now: ClusterTree | undefined): readonly Pair[] => {
  const stops = now === undefined ? new Map<string, number>() : stopsOf(pairs, now);
  if (stops.size === 0) return pairs;
  return pairs.map((pair) => {
    const stop = stops.get((pair.after ?? pair.before)?.owner?.name ?? "");
    return stop !== undefined && waitsAt(pair, stop) ? { ...pair, change: "waits" } : pair;
  });
};
