import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { FoglineError, nearest, textOf } from "@fogline/findings";
import { type Cluster, type Fleet, parseFleet, treeSigningFile, treeSigningProblems } from "@fogline/fleet";
import { readClusterTree } from "@fogline/gitops";
import type { KubernetesObject } from "@fogline/manifests";
import type { Worktree } from "@fogline/worktree";

/** The fleet of the repository. Throws FL3304 with every finding where it has errors. */
export const fleetOf = async (worktree: Worktree): Promise<Fleet> => {
  const { fleet, findings } = parseFleet(await worktree.fleetFiles());
  if (fleet !== undefined) return fleet;
  throw new FoglineError("FL3304", "the fleet file has errors, so nothing was planned", {
    findings,
    remedy: "Correct them; `fogline check` names them all.",
  });
};

/** The cluster that a stack is named after. Throws FL1031 for one that the fleet does not have. */
export const clusterOf = ({ clusters }: Fleet, stack: string): Cluster => {
  const found = clusters.find(({ name }) => name === stack);
  if (found !== undefined) return found;
  const known = ["shared", ...clusters.map(({ name }) => name)];
  const meant = nearest(stack, known);
  throw new FoglineError("FL1031", `stack ${stack} is named after no cluster of the fleet`, {
    remedy: meant === undefined ? `Stacks are ${known.join(", ")}.` : `Did you mean ${meant}? Stacks are ${known.join(", ")}.`,
  });
};

/** What of a cluster's hand-over stands in the repository. */
export interface CommittedInputs {
  readonly instance: KubernetesObject;
  readonly treeKey?: string;
}

/** Reads it. Throws FL3304 where the tree has no FluxInstance, FL3290 where the public key is none. */
export const committedInputs = async (worktree: Worktree, { name }: Cluster): Promise<CommittedInputs> => {
  const folder = `clusters/${name}/flux-system`;
  const { tree } = readClusterTree(await worktree.files(`clusters/${name}`), name);
  const instance = tree.folders.find(({ path }) => path === folder)?.objects.find(({ object }) => object.kind === "FluxInstance")?.object;
  if (instance === undefined) throw new FoglineError("FL3304", `${folder} has no FluxInstance, so there is nothing to hand ${name} over to`);
  const treeKey = await worktree.file(treeSigningFile);
  const findings = treeKey === undefined ? [] : treeSigningProblems(treeKey);
  if (findings.length > 0) throw new FoglineError("FL3290", `${treeSigningFile} cannot be brought into ${name}`, { findings });
  return treeKey === undefined ? { instance } : { instance, treeKey };
};

const othersMayRead = 0o077;

/** The private age key that `fogline cluster init` made for a cluster. Throws FL3304 where there is none, FL3205 where others may read it. */
export const ageKeyOf = (worktree: Worktree, { name }: Cluster): string => {
  const file = join(worktree.root, `.fogline/keys/${name}.agekey`);
  try {
    const mode = statSync(file).mode & 0o777;
    if ((mode & othersMayRead) !== 0)
      throw new FoglineError("FL3205", `${file} has mode ${mode.toString(8)}, so others may read the private key in it`);
    return readFileSync(file, "utf8");
  } catch (thrown) {
    if (thrown instanceof FoglineError) throw thrown;
    throw new FoglineError("FL3304", `there is no private key of ${name}: ${textOf(thrown)}`, {
      remedy: `Run \`fogline cluster init ${name}\` here, or give the key that it has: \`pulumi config set --secret ageKey\`.`,
      cause: thrown,
    });
  }
};
