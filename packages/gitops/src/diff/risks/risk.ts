import { type Code, codes, type Finding, type Place, type Severity } from "@fogline/findings";
import type { Fleet } from "@fogline/fleet";
import type { TreeFiles } from "../../tree/read.ts";
import type { ClusterTree } from "../../tree/tree.ts";
import { clusterOf } from "../fleet-index.ts";
import type { Pair, Side } from "../match.ts";
import type { HostFiles, Node } from "../nodes.ts";
import type { Restart } from "../predict.ts";
import type { Pull } from "../pulls.ts";

/** A finding about a change, with the cluster that it is about. */
export interface Risk extends Finding {
  readonly cluster?: string;
}

/** Everything that a rule may look at: one cluster before and after. */
export interface ClusterChange {
  readonly cluster: string;
  readonly old?: ClusterTree;
  readonly now?: ClusterTree;
  readonly pairs: readonly Pair[];
  readonly nodes: { readonly old: readonly Node[]; readonly now: readonly Node[] };
  readonly restarts: readonly Restart[];
  readonly pull: Pull;
  /** Absent when the old fleet could not be read. */
  readonly oldFleet?: Fleet;
  readonly newFleet: Fleet;
  readonly oldHostFiles: HostFiles;
  readonly newHostFiles: HostFiles;
  readonly oldSecrets: TreeFiles;
  readonly newSecrets: TreeFiles;
}

/** A rule gives nothing, or one risk for each case that it finds. */
export type RiskRule = (change: ClusterChange) => readonly Risk[];

type ChangeCode = Extract<Code, `FL5${string}`>;

/** A risk with the code's own remedy unless a better one is known. */
export const risk = (
  change: Pick<ClusterChange, "cluster">,
  code: ChangeCode,
  severity: Severity,
  message: string,
  place: Place,
  remedy: string = codes[code].remedy,
): Risk => ({ code, severity, message, place, remedy, cluster: change.cluster });

/** Where the cause of an object is: the entry of the fleet file when that is known, else its file. */
export const placeOf = (change: ClusterChange, side: Side | undefined): Place => {
  if (side === undefined) return clusterPlace(change);
  if (side.place !== undefined) return side.place;
  const [, app] = /^clusters\/[^/]+\/apps\/([^/]+)\//.exec(side.file) ?? [];
  const targets = change.newFleet.workloads.flatMap((workload) => workload.targets.map((target) => ({ workload, target })));
  const found = targets.find(
    ({ workload, target }) =>
      target.cluster === change.cluster && app === (target.part === undefined ? workload.name : `${workload.name}-${target.part}`),
  );
  return found?.workload.place ?? { file: side.file };
};

/** The entry of the cluster, or the file that it was in. */
export const clusterPlace = ({ cluster, newFleet, oldFleet }: ClusterChange): Place =>
  clusterOf(newFleet, cluster)?.place ??
  (oldFleet === undefined ? undefined : clusterOf(oldFleet, cluster))?.place ?? { file: "clusters/fleet.yaml" };
