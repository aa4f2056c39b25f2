import type { Fleet, Workload } from "@fogline/fleet";
import { ringOf } from "../fleet-index.ts";
import { at } from "../lookup.ts";
import { ofKind } from "../match.ts";
import type { RingTurn } from "../rings.ts";
import { clusterPlace, type Risk, type RiskRule, risk } from "./risk.ts";

/**
 * One commit that touches several rings is no risk by itself: each ring's ref reaches it in turn, after the soak of the one before. It is one when
 * the fleet file gives a later ring a version of its own that no earlier ring with that workload runs: then their soaks prove nothing about it.
 */
export const unprovenVersion: RiskRule = ({ cluster, oldFleet, newFleet }) => {
  const own = ringOf(newFleet, cluster);
  if (own === undefined) return [];
  return newFleet.workloads.flatMap((workload): Risk[] => {
    const target = workload.targets.find((one) => one.cluster === cluster);
    if (target?.version === undefined) return [];
    if (target.version === oldVersionOf(oldFleet, workload, cluster)) return [];
    const earlier = workload.targets.filter((one) => (ringOf(newFleet, one.cluster)?.order ?? Number.POSITIVE_INFINITY) < own.order);
    if (earlier.length === 0 || earlier.some((one) => one.version === target.version)) return [];
    const theirs = [...new Set(earlier.map((one) => `${ringOf(newFleet, one.cluster)?.name} ${one.version ?? "none"}`))].join(", ");
    const message = `ring ${own.name} gets ${workload.name} ${target.version}, which no ring before it runs (${theirs})`;
    return [risk({ cluster }, "FL5013", "warning", message, workload.place)];
  });
};

const oldVersionOf = (fleet: Fleet | undefined, { name }: Workload, cluster: string): string | undefined =>
  fleet?.workloads.find((one) => one.name === name)?.targets.find((target) => target.cluster === cluster)?.version;

/** A cluster whose source follows another ref gets whatever is there, with or without this change. */
export const ringChanged: RiskRule = (change) => {
  const refOf = (object: unknown): unknown =>
    at(object, "spec", "ref", "branch") ??
    at(object, "spec", "ref", "tag") ??
    at(object, "spec", "ref", "semver") ??
    at(object, "spec", "sync", "ref");
  return ofKind(change.pairs, "FluxInstance", "GitRepository", "OCIRepository").flatMap(({ before, after, name }): Risk[] => {
    const [old, now] = [refOf(before?.object), refOf(after?.object)];
    if (old === undefined || now === undefined || old === now) return [];
    return [
      risk(
        change,
        "FL5014",
        "warning",
        `${name} follows ${String(now)} instead of ${String(old)}: the cluster gets what is there at once`,
        clusterPlace(change),
      ),
    ];
  });
};

/** Rings in which pods start or restart, of which a later one follows the moment that the earlier ones have it: none of them soaks. */
export const ringsAtOnce = (fleet: Fleet, turns: readonly RingTurn[], withPods: ReadonlySet<string>): readonly Risk[] => {
  const busy = turns.filter(({ clusters }) => clusters.some((cluster) => withPods.has(cluster)));
  return busy.flatMap((turn, index): Risk[] => {
    const previous = busy[index - 1];
    if (previous === undefined) return [];
    const between = turn.after.slice(turn.after.findIndex(({ ring }) => ring === previous.ring));
    if (between.some(({ soakMs, gate }) => soakMs > 0 || gate === "manual")) return [];
    const message = `ring ${turn.ring} follows ${previous.ring} without a soak: pods of ${[...previous.clusters, ...turn.clusters].join(", ")} change at once`;
    const place = fleet.rings.find(({ name }) => name === previous.ring)?.place ?? {};
    const { cluster: _, ...fleetWide } = risk({ cluster: "" }, "FL5020", "warning", message, place);
    return [fleetWide];
  });
};
