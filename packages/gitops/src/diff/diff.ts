import type { Fleet, ImagesLock } from "@fogline/fleet";
import type { TreeFiles } from "../tree/read.ts";
import { clusterOf } from "./fleet-index.ts";
import { type ImageChange, imageChanges } from "./image-changes.ts";
import { type LinkLoad, linksOf } from "./links.ts";
import { equal } from "./lookup.ts";
import { match, type Pair } from "./match.ts";
import { type HostFiles, nodesOf } from "./nodes.ts";
import { imagesOf, podSpecOf } from "./pod-owner.ts";
import { autoscalerOf, podsOf, type Restart, restartsOf } from "./predict.ts";
import { type Pull, type PullInput, pullOf } from "./pulls.ts";
import { type RingTurn, turnsOf } from "./rings.ts";
import { risksOf } from "./risks/index.ts";
import { ringsAtOnce } from "./risks/rings.ts";
import type { ClusterChange, Risk } from "./risks/risk.ts";
import { changedHostDevices, type Touched, touchedDevices } from "./touched.ts";
import { type ParsedTexts, treeOfFiles } from "./tree-of-files.ts";

/** One side of a comparison: files by path from the repository's root, and what they say. */
export interface Revision {
  /** Absent when the fleet file of that revision cannot be read by this version. */
  readonly fleet?: Fleet;
  /** Everything below `clusters/<cluster>/`. */
  readonly files: TreeFiles;
  /** `clusters/secrets/`: compared as text, never looked into. */
  readonly secrets: TreeFiles;
  /** `bootstrap/generated/`. */
  readonly hostFiles: HostFiles;
  readonly lock: ImagesLock;
}

/** An object that does not stay as it is. */
export type ObjectChange = Pick<Pair, "id" | "name" | "kind" | "change" | "fields"> & { readonly file: string };

/** What the change does in one cluster. */
export interface ClusterDiff {
  readonly cluster: string;
  readonly ring?: string;
  /** True for the cluster of this machine, which applies a commit by itself and pulls no image. */
  readonly local: boolean;
  /** Name of its connectivity profile. */
  readonly link?: string;
  readonly state: "added" | "changed" | "removed" | "unchanged";
  readonly objects: readonly ObjectChange[];
  readonly images: readonly ImageChange[];
  readonly restarts: readonly Restart[];
  readonly touched: Touched;
  readonly pull: Pull;
  /** Time on its link; absent when nothing is pulled over it. */
  readonly pullMs?: number;
  /** Encrypted files that come, go or differ. */
  readonly secrets: readonly { readonly file: string; readonly change: "added" | "changed" | "removed" }[];
}

/** What a change does in the whole fleet. */
export interface FleetDiff {
  readonly clusters: readonly ClusterDiff[];
  readonly rings: readonly RingTurn[];
  readonly links: readonly LinkLoad[];
  /** Devices without a cluster whose host files change. */
  readonly otherDevices: readonly string[];
  readonly risks: readonly Risk[];
}

/** What applying `now` over `old` does, cluster by cluster. `clusters` are those that both sides are compared in. Pure. */
export const diffFleet = (old: Revision, now: Revision & { readonly fleet: Fleet }, clusters: readonly string[]): FleetDiff => {
  const [before, after] = [byCluster(old.files), byCluster(now.files)];
  const shared = { changedHosts: changedHostDevices(old.hostFiles, now.hostFiles), parsed: new Map() };
  const compared = clusters.map((cluster) =>
    compareCluster(shared, cluster, { ...old, files: before.get(cluster) ?? new Map() }, { ...now, files: after.get(cluster) ?? new Map() }),
  );
  const touched = compared.filter(({ diff }) => diff.state !== "unchanged").map(({ diff }) => diff);
  const pulls = new Map(touched.map(({ cluster, pull }) => [cluster, pull]));
  const inCluster = new Set(now.fleet.devices.filter(({ cluster }) => cluster !== undefined).map(({ id }) => id));
  const rings = turnsOf(
    now.fleet,
    touched.flatMap(({ cluster, ring, local, touched: { count } }) => (ring === undefined || local ? [] : [{ cluster, ring, devices: count }])),
  );
  const withPods = new Set(
    touched.filter((one) => one.touched.devices.some(({ reasons }) => reasons.includes("pods"))).map(({ cluster }) => cluster),
  );
  return {
    clusters: compared.map(({ diff }) => diff),
    rings,
    links: linksOf(
      now.fleet.clusters.flatMap(({ name, site, connectivity }) => {
        const pull = pulls.get(name);
        if (pull === undefined) return [];
        const { bytes, atMost, unknown } = pull;
        return [{ cluster: name, site, profile: connectivity, bytes, atMost, incomplete: unknown.length > 0 }];
      }),
    ),
    otherDevices: [...shared.changedHosts].filter((device) => !inCluster.has(device)).toSorted(),
    risks: bySeverity([...compared.flatMap(({ risks }) => risks), ...ringsAtOnce(now.fleet, rings, withPods)]),
  };
};

/** Files of the clusters' folders by cluster. */
const byCluster = (files: TreeFiles): ReadonlyMap<string, TreeFiles> => {
  const clusters = new Map<string, Map<string, string>>();
  for (const [path, text] of files) {
    const [, name] = /^clusters\/([^/]+)\//.exec(path) ?? [];
    if (name === undefined) continue;
    const own = clusters.get(name);
    if (own === undefined) clusters.set(name, new Map([[path, text]]));
    else own.set(path, text);
  }
  return clusters;
};

const rank = { error: 0, warning: 1, info: 2 } as const;
const bySeverity = (risks: readonly Risk[]): readonly Risk[] => risks.toSorted((a, b) => rank[a.severity] - rank[b.severity]);

const sameTexts = (a: TreeFiles, b: TreeFiles): boolean => a.size === b.size && [...a].every(([path, text]) => b.get(path) === text);

/** What is worked out once for all clusters. */
interface Shared {
  readonly changedHosts: ReadonlySet<string>;
  readonly parsed: ParsedTexts;
}

const compareCluster = (shared: Shared, cluster: string, old: Revision, now: Revision & { readonly fleet: Fleet }) => {
  const secretsOf = (files: TreeFiles): TreeFiles => new Map([...files].filter(([path]) => path.startsWith(`clusters/secrets/${cluster}/`)));
  const declared = clusterOf(now.fleet, cluster);
  const nodes = {
    old: nodesOf(old.fleet ?? now.fleet, cluster, old.fleet === undefined ? now.hostFiles : old.hostFiles),
    now: nodesOf(now.fleet, cluster, now.hostFiles),
  };
  // A commit leaves most clusters of a large fleet as they are; those are not read.
  const [oldSecrets, newSecrets] = [secretsOf(old.secrets), secretsOf(now.secrets)];
  const same = old.files.size > 0 && sameTexts(old.files, now.files) && sameTexts(oldSecrets, newSecrets) && equal(nodes.old, nodes.now);
  const empty = { tree: { cluster, folders: [] }, findings: [] };
  const [before, after] = same ? [empty, empty] : [treeOfFiles(old.files, cluster, shared.parsed), treeOfFiles(now.files, cluster, shared.parsed)];
  const pairs = match(before.tree, after.tree);
  const local = declared?.local ?? false;
  const pull = pullOf(pullInput(pairs, old, now, nodes, local));
  const change: ClusterChange = {
    cluster,
    ...(before.tree === undefined ? {} : { old: before.tree }),
    ...(after.tree === undefined ? {} : { now: after.tree }),
    pairs,
    nodes,
    restarts: restartsOf(pairs, nodes),
    pull,
    ...(old.fleet === undefined ? {} : { oldFleet: old.fleet }),
    newFleet: now.fleet,
    oldHostFiles: old.hostFiles,
    newHostFiles: now.hostFiles,
    oldSecrets,
    newSecrets,
  };
  const notes = [...before.findings, ...after.findings].map((finding): Risk => ({ ...finding, cluster }));
  return { diff: clusterDiff(change, declared, old, shared.changedHosts), risks: [...risksOf(change), ...notes] };
};

const pullInput = (pairs: readonly Pair[], old: Revision, now: Revision, nodes: ClusterChange["nodes"], local: boolean): PullInput => ({
  oldImages: new Set(pairs.flatMap(({ before }) => (before === undefined ? [] : imagesOf(before.object)))),
  oldLock: old.lock,
  newLock: now.lock,
  owners: pairs.flatMap((pair) => {
    const object = pair.after?.object;
    if (object === undefined || podSpecOf(object) === undefined || ["refused", "waits"].includes(pair.change)) return [];
    return [{ object, pods: podsOf(object, nodes.now, autoscalerOf(pairs, pair)) }];
  }),
  nodes: local ? [] : nodes.now,
  addedNodes: new Set(nodes.now.filter(({ name }) => !nodes.old.some((node) => node.name === name)).map(({ name }) => name)),
});

const clusterDiff = (
  change: ClusterChange,
  declared: Fleet["clusters"][number] | undefined,
  old: Revision,
  changedHosts: ReadonlySet<string>,
): ClusterDiff => {
  const { cluster, pairs, nodes, restarts, pull } = change;
  const objects = pairs
    .filter((pair) => pair.change !== "unchanged")
    .map(({ id, name, kind, change: what, fields, before, after }) => ({
      id,
      name,
      kind,
      change: what,
      fields,
      file: (after ?? before)?.file ?? "",
    }));
  const touched = touchedDevices(pairs, nodes, changedHosts);
  const secrets = secretChanges(change.oldSecrets, change.newSecrets);
  const ring = declared?.ring ?? (old.fleet === undefined ? undefined : clusterOf(old.fleet, cluster)?.ring);
  const [link] = linksOf(
    declared === undefined
      ? []
      : [
          {
            cluster,
            site: declared.site,
            profile: declared.connectivity,
            bytes: pull.bytes,
            atMost: pull.atMost,
            incomplete: pull.unknown.length > 0,
          },
        ],
  );
  const quiet = objects.length === 0 && secrets.length === 0 && touched.devices.length === 0;
  return {
    cluster,
    ...(ring === undefined ? {} : { ring }),
    local: declared?.local ?? false,
    ...(declared === undefined ? {} : { link: declared.connectivity.name }),
    state: stateOf(change, quiet),
    objects,
    images: imageChanges(pairs),
    restarts,
    touched,
    pull,
    ...(link?.durationMs === undefined ? {} : { pullMs: link.durationMs }),
    secrets,
  };
};

const stateOf = ({ old, now }: ClusterChange, quiet: boolean): ClusterDiff["state"] => {
  if (old === undefined && now !== undefined) return "added";
  if (old !== undefined && now === undefined) return "removed";
  return quiet ? "unchanged" : "changed";
};

const secretChanges = (old: TreeFiles, now: TreeFiles): ClusterDiff["secrets"] =>
  [...new Set([...old.keys(), ...now.keys()])].toSorted().flatMap((file) => {
    if (old.get(file) === now.get(file)) return [];
    return [{ file, change: !old.has(file) ? ("added" as const) : now.has(file) ? ("changed" as const) : ("removed" as const) }];
  });
