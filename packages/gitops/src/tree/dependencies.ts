import { identityOf } from "@fogline/manifests";
import type { FluxKustomization } from "./kustomizations.ts";
import type { TreeObject } from "./tree.ts";

/** Dependencies on a Kustomization that does not exist. */
export const unknownDependencies = (all: readonly FluxKustomization[]): { readonly from: FluxKustomization; readonly to: string }[] => {
  const known = new Set(all.map(({ key }) => key));
  return all.flatMap((from) => from.dependsOn.filter((key) => !known.has(key)).map((to) => ({ from, to })));
};

/**
 * The Kustomizations so that every one comes after those it depends on (Kahn's algorithm; among those that may come next, the order of the
 * tree), and those that wait for each other and therefore never come. Unknown dependencies are taken as there.
 */
export const inDependencyOrder = (
  all: readonly FluxKustomization[],
): { readonly sorted: readonly FluxKustomization[]; readonly stuck: readonly FluxKustomization[] } => {
  const known = new Set(all.map(({ key }) => key));
  const placed = new Set<string>();
  const sorted: FluxKustomization[] = [];
  let waiting = [...all];
  while (waiting.length > 0) {
    const next = waiting.filter(({ dependsOn }) => dependsOn.every((key) => placed.has(key) || !known.has(key)));
    if (next.length === 0) break;
    for (const { key } of next) placed.add(key);
    sorted.push(...next);
    waiting = waiting.filter(({ key }) => !placed.has(key));
  }
  return { sorted, stuck: inCircles(waiting) };
};

/** Those that are part of a circle, or between two: whoever nobody waits for only waits for them. */
const inCircles = (waiting: readonly FluxKustomization[]): readonly FluxKustomization[] => {
  const wanted = new Set(waiting.flatMap(({ dependsOn }) => dependsOn));
  const left = waiting.filter(({ key }) => wanted.has(key));
  return left.length === waiting.length ? left : inCircles(left);
};

/**
 * Every Kustomization that one depends on, directly or through others. `undefined` when one of them does not exist: what it would bring along is
 * not known then.
 */
export const ancestorsOf = (one: FluxKustomization, all: ReadonlyMap<string, FluxKustomization>): ReadonlySet<FluxKustomization> | undefined => {
  const found = new Set<FluxKustomization>();
  const open = [...one.dependsOn];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    const next = all.get(key);
    if (next === undefined) return undefined;
    if (found.has(next)) continue;
    found.add(next);
    open.push(...next.dependsOn);
  }
  return found;
};

/** Objects that two Kustomizations apply: the second of each pair, with the names of both. */
export const ownedTwice = (
  all: readonly FluxKustomization[],
): { readonly entry: TreeObject; readonly first: FluxKustomization; readonly second: FluxKustomization }[] => {
  const owners = new Map<string, FluxKustomization>();
  return all.flatMap((second) =>
    (second.folder?.objects ?? []).flatMap((entry) => {
      const identity = identityOf(entry.object);
      const first = owners.get(identity);
      owners.set(identity, second);
      return first === undefined ? [] : [{ entry, first, second }];
    }),
  );
};
