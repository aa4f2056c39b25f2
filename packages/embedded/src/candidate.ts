import type { Finding } from "@fogline/findings";
import { type Fleet, parseFleet } from "@fogline/fleet";
import type { Source, Worktree } from "@fogline/worktree";
import type { Candidate } from "./reconciler/reconciler.ts";

/** A state of the repository: its name, the fleet it declares, and the tree of the local cluster with the fleet's files beside it. */
export interface RepositoryState {
  readonly revision: string;
  readonly fleet?: Fleet;
  readonly findings: readonly Finding[];
  readonly candidate?: Candidate;
}

/** Reads the newest commit, or with `fromDisk` (and in a folder without commits) the files as they are. Never throws for what the files hold. */
export const readRepository = async (worktree: Worktree, fromDisk: boolean): Promise<RepositoryState> => {
  const head = await worktree.head();
  const source: Source = fromDisk || head === undefined ? "disk" : { revision: head.revision };
  const revision = head === undefined ? "uncommitted" : fromDisk ? `${head.revision}+disk` : head.revision;
  const fleetFiles = await worktree.fleetFiles(source).catch(() => undefined);
  if (fleetFiles === undefined) {
    return {
      revision,
      findings: [{ code: "FL3013", severity: "error", message: "it has no clusters/fleet.yaml", place: { file: "clusters/fleet.yaml" } }],
    };
  }
  const { fleet, findings } = parseFleet(fleetFiles);
  if (fleet === undefined) return { revision, findings };
  const cluster = fleet.clusters.find(({ local }) => local);
  if (cluster === undefined) {
    return { revision, findings: [...findings, { code: "FL3007", severity: "error", message: "no cluster of the fleet has `local: true`" }] };
  }
  const tree = await worktree.files(`clusters/${cluster.name}`, source);
  return {
    revision,
    fleet,
    findings,
    candidate: { revision, files: new Map([...tree, ...fleetFiles.map(({ path, text }) => [path, text] as const)]) },
  };
};

/** The fleet that a revision declared when it was applied; its files are kept with its tree. */
export const fleetOf = ({ files }: Candidate): Fleet | undefined =>
  parseFleet(
    [...files].filter(([path]) => path === "clusters/fleet.yaml" || path.startsWith("clusters/fleet.d/")).map(([path, text]) => ({ path, text })),
  ).fleet;
