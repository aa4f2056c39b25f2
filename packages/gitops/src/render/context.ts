import { type Cluster, type Device, type Fleet, nodeDeclarations, type Site } from "@fogline/fleet";
import type { AppDefinition, Charts, ClusterContext, Placed } from "@fogline/manifests";

/** Where workloads live, and where lives what needs the host of its node, which the first does not allow. */
const namespaces = { namespace: "fogline", nodeNamespace: "fogline-nodes" };

/** What of a fleet each cluster's tree depends on. Made once for all clusters, so that a thousand of them do not search through each other. */
export const clusterContexts = (fleet: Fleet, charts: Charts): Map<string, ClusterContext> => {
  const { name, domain, registry, registries, repository } = fleet;
  const facts = { name, domain, registry, registries, repository };
  const sites = new Map(fleet.sites.map((site) => [site.name, site]));
  const devices = Map.groupBy(fleet.devices, ({ cluster }) => cluster);
  const placed = placedByCluster(fleet, charts);
  const keepsNodes = (cluster: string): boolean => placed.get(cluster)?.some(({ workload }) => workload === "orchestrator") ?? false;
  const nodes = nodeDeclarations(fleet);
  return new Map(
    fleet.clusters.map((cluster): [string, ClusterContext] => [
      cluster.name,
      {
        ...{ fleet: facts, cluster, ...namespaces },
        site: siteOf(sites, cluster),
        devices: (devices.get(cluster.name) ?? []) as readonly Device[],
        workloads: placed.get(cluster.name) ?? [],
        ...(keepsNodes(cluster.name) ? { nodes } : {}),
      },
    ]),
  );
};

const siteOf = (sites: ReadonlyMap<string, Site>, { name, site }: Cluster): Site => {
  const found = sites.get(site);
  if (found === undefined) throw new Error(`the fleet has no site ${site} of cluster ${name}`);
  return found;
};

/** The definition of a workload in one place: a chart of its own, or for an image the one that every image has. */
export const definitionOf = (charts: Charts, { workload, target }: Pick<Placed, "workload" | "target">): AppDefinition | undefined =>
  target.image === undefined || Object.hasOwn(charts.apps, workload) ? charts.apps[workload] : charts.container;

const placedByCluster = (fleet: Fleet, charts: Charts): Map<string, Placed[]> => {
  const byCluster = new Map<string, Placed[]>();
  for (const { name: workload, targets, place } of fleet.workloads) {
    for (const target of targets) {
      const name = target.part === undefined ? workload : `${workload}-${target.part}`;
      const here = byCluster.get(target.cluster) ?? [];
      here.push({ name, workload, target, place, uses: [], usedBy: [] });
      byCluster.set(target.cluster, here);
    }
  }
  for (const [cluster, here] of byCluster) byCluster.set(cluster, withNeighbours(here, charts));
  return byCluster;
};

/** Who talks to whom in one cluster. All parts of a workload are meant by its name. */
const withNeighbours = (here: readonly Placed[], charts: Charts): Placed[] => {
  const named = Map.groupBy(here, ({ workload }) => workload);
  const uses = new Map(
    here.map((placed) => [
      placed.name,
      [...new Set([...(definitionOf(charts, placed)?.uses ?? []), ...placed.target.uses])]
        .flatMap((workload) => named.get(workload) ?? [])
        .map(({ name }) => name)
        .filter((name) => name !== placed.name)
        .toSorted(),
    ]),
  );
  return here.map((placed) => ({
    ...placed,
    uses: uses.get(placed.name) ?? [],
    usedBy: here.map(({ name }) => name).filter((name) => uses.get(name)?.includes(placed.name)),
  }));
};
