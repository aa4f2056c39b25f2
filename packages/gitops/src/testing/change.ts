import { type Fleet, type ImagesLock, parseFleet } from "@fogline/fleet";
import type { KubernetesObject } from "@fogline/manifests";
import { diffFleet, type FleetDiff, type Revision } from "../diff/diff.ts";
import type { ClusterTree } from "../tree/tree.ts";
import { filesOf, tree } from "./tree.ts";

const standard = {
  rings: "{ canary: { soak: 2h }, stable: { window: Mon-Thu 08:00-16:00 Europe/Berlin } }",
  connectivity: "{ thin: { like: metered, budget: 10MB/day, bandwidth: 8Mbit/s } }",
  sites: "{ plant: { region: eu-central, connectivity: thin } }",
  clusters: "{ edge: { site: plant, tier: access-edge, ring: canary }, far: { site: plant, tier: access-edge, ring: stable } }",
  devices: "{ 'pi-[1-3]': { cluster: edge, hardware: pi-5-8 }, pi-1: { role: server }, box: { cluster: far, hardware: jetson-orin-nx-16 } }",
};

/** A fleet with the clusters `edge` (three Pis, ring canary) and `far` (one Jetson, ring stable) behind one thin line; any table may be another. */
export const plantFleet = (tables: Partial<Record<keyof typeof standard | "workloads", string>> = {}): Fleet => {
  const text = Object.entries({ ...standard, ...tables })
    .map(([table, value]) => `${table}: ${value}`)
    .join("\n");
  const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text: `fleet: acme\n${text}\n` }]);
  if (fleet === undefined) throw new Error(findings.map(({ message }) => message).join("; "));
  return fleet;
};

export interface RevisionSample {
  readonly fleet?: Fleet;
  readonly trees?: readonly ClusterTree[];
  readonly lock?: ImagesLock;
  readonly hosts?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

const revisionOf = ({
  fleet = plantFleet(),
  trees = [],
  lock = {},
  hosts = {},
  secrets = {},
}: RevisionSample): Revision & { readonly fleet: Fleet } => ({
  fleet,
  files: new Map(trees.flatMap((one) => [...filesOf(one)])),
  secrets: new Map(Object.entries(secrets)),
  hostFiles: new Map(Object.entries(hosts)),
  lock,
});

/** The difference between two whole revisions. */
export const diffOf = (before: RevisionSample, after: RevisionSample, clusters: readonly string[] = ["edge", "far"]): FleetDiff =>
  diffFleet(revisionOf(before), revisionOf(after), clusters);

type Objects = readonly KubernetesObject[] | Readonly<Record<string, readonly KubernetesObject[]>>;

/** The difference of the cluster `edge` when its objects change and nothing else. */
export const edgeDiff = (
  before: Objects,
  after: Objects,
  rest: { readonly before?: RevisionSample; readonly after?: RevisionSample } = {},
): FleetDiff => diffOf({ trees: [tree(before)], ...rest.before }, { trees: [tree(after)], ...rest.after }, ["edge"]);

/** The codes of the risks when the objects of `edge` change, with `!` behind an error. */
export const risksOfEdge = (
  before: Objects,
  after: Objects,
  rest: { readonly before?: RevisionSample; readonly after?: RevisionSample } = {},
): string =>
  edgeDiff(before, after, rest)
    .risks.map(({ code, severity }) => `${code}${severity === "error" ? "!" : ""}`)
    .join(" ");
