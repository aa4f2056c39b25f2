/** `kustomize build` of the same objects, overlay by overlay, as the checks of a Flux repository do it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parseAllDocuments } from "yaml";
import { root } from "../scripts/root.ts";
import { verify } from "./bench.ts";
import { runCommand } from "./command.ts";
import type { Figure } from "./figures.ts";
import { writeOverlays } from "./overlays.ts";
import { withFolder } from "./programs.ts";
import { identityOf, type ListedFolder, type TreeObject } from "./rendered-tree.ts";

const program = join(root, ".cache/tools/kustomize");

/** Whether `npm run tools` has built it. */
export const hasKustomize = (): boolean => existsSync(program);

/** Builds one overlay per cluster, each in a process of its own, and compares every object with the rendered one. Throws when one differs. */
export const kustomizeFigures = (clusters: ReadonlyMap<string, readonly ListedFolder[]>): Promise<Figure[]> =>
  withFolder(async (folder) => {
    writeOverlays(folder, clusters);
    let seconds = 0;
    let processorSeconds = 0;
    for (const [cluster, folders] of clusters) {
      const ran = await runCommand(program, ["build", join(folder, "overlays", cluster)]);
      seconds += ran.seconds;
      processorSeconds += ran.processorSeconds;
      verifySame(
        cluster,
        folders.flatMap(({ objects }) => objects),
        parseAllDocuments(ran.printed).map((document) => document.toJS() as TreeObject),
      );
    }
    const what = `compared: ${clusters.size} clusters: kustomize build, one process for each`;
    return [
      { what, unit: "s", value: seconds },
      { what: `${what}: processor time`, unit: "s", value: processorSeconds },
    ];
  });

const verifySame = (cluster: string, ours: readonly TreeObject[], theirs: readonly TreeObject[]): void => {
  verify(ours.length === theirs.length, `${cluster} has ${ours.length} objects, kustomize built ${theirs.length}`);
  const built = new Map(theirs.map((object) => [identityOf(object), object]));
  for (const object of ours)
    verify(isDeepStrictEqual(built.get(identityOf(object)), object), `${identityOf(object)} of ${cluster} is not what kustomize built`);
};
