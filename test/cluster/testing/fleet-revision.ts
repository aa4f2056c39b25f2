import { apps, container } from "@fogline/apps";
import { type Fleet, parseFleet } from "@fogline/fleet";
import { type ClusterTree, hostFiles, type Revision, render } from "@fogline/gitops";
import { clusterCharts } from "@fogline/infrastructure";
import { treeOfFiles } from "../../system/testing/tree-files.ts";

/** A fleet file with all that is rendered from it. */
export interface FleetRevision extends Revision {
  readonly text: string;
  readonly fleet: Fleet;
}

/** Renders the text of a fleet file as `fogline render` does. Throws with what is wrong with it. */
export const revisionOf = (text: string): FleetRevision => {
  const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text }]);
  if (fleet === undefined) throw new Error(findings.map(({ message }) => message).join("; "));
  const rendered = render(fleet, {}, { apps, container, cluster: clusterCharts });
  if (rendered.files.size === 0) throw new Error(rendered.findings.map(({ message }) => message).join("; "));
  return { text, fleet, files: rendered.files, secrets: new Map(), hostFiles: hostFiles(fleet), lock: {} };
};

/** The tree of a cluster as its files say it; `undefined` where there is none. */
export const treeOf = ({ files }: FleetRevision, cluster: string): ClusterTree | undefined => {
  if (![...files.keys()].some((path) => path.startsWith(`clusters/${cluster}/`))) return undefined;
  return treeOfFiles(files, cluster);
};
