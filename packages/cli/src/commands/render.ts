import { differences } from "@fogline/gitops";
import { Worktree } from "@fogline/worktree";
import { chosenClusters } from "../check.ts";
import type { Context } from "../context.ts";
import { exitFor } from "../exit.ts";
import { loadInputs } from "../inputs.ts";
import { loadCharts } from "../own-charts.ts";
import { abandonedFolders, loadFleet, renderFleet } from "../render.ts";

/** More folders than this are counted. */
const foldersShownMax = 6;

export interface RenderOptions {
  readonly check?: boolean;
  /** Only these clusters and their devices; everything else is left as it is. */
  readonly cluster?: readonly string[];
}

/** `fogline render [--check]`: writes the trees and host files, or says how what is there differs. */
export const renderCommand = async ({ output, repository }: Context, { check = false, cluster: names }: RenderOptions): Promise<void> => {
  const worktree = await Worktree.open(repository);
  const { fleet, findings } = await loadFleet(worktree);
  const { inputs, findings: ofInputs } = await loadInputs(worktree);
  const clusters = fleet === undefined || names === undefined ? {} : { clusters: chosenClusters(fleet, names).map(({ name }) => name) };
  const rendered = fleet === undefined ? undefined : renderFleet(fleet, await loadCharts(worktree), { ...inputs, ...clusters });
  const problems = [...findings, ...ofInputs, ...(rendered?.findings ?? [])];
  output.findings(problems);
  if (fleet === undefined || rendered === undefined || rendered.files.size === 0) {
    output.value({ findings: problems, written: [], removed: [] });
    return exitFor(problems);
  }
  const owned = [...rendered.folders, ...(names === undefined ? await abandonedFolders(worktree, fleet) : [])];
  if (check) {
    const present = await Promise.all(owned.map((folder) => worktree.files(folder)));
    const different = differences(rendered.files, new Map(present.flatMap((files) => [...files])));
    output.findings(different);
    output.value({ findings: [...problems, ...different] });
    if (different.length === 0) output.line(`${rendered.files.size} files are what the fleet renders`);
    else output.line(`fix: run \`fogline render\` and commit the result`);
    return exitFor(different);
  }
  const { written, removed } = await worktree.replace(owned, rendered.files);
  output.value({ findings: problems, written, removed });
  for (const path of written) output.line(`wrote    ${path}`);
  for (const path of removed) output.line(`removed  ${path}`);
  const folders = rendered.folders.length > foldersShownMax ? `${rendered.folders.length} folders` : rendered.folders.join(", ");
  output.line(`${rendered.files.size} files in ${folders}: ${written.length} written, ${removed.length} removed`);
};
