/** The programs that a cluster without kubelets is made of. `npm run tools` builds them, because npm does not have them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { FoglineError } from "@fogline/findings";

/** Where they are: the folder that FOGLINE_TOOLS names, else where `npm run tools` builds to in this repository. */
export const toolsFolder = env.FOGLINE_TOOLS ?? join(import.meta.dirname, "../../../.cache/tools");

/** A program, or a folder of files that come with one, where it was built. */
export const findTool = (name: string): string | undefined => {
  const path = join(toolsFolder, name);
  return existsSync(path) ? path : undefined;
};

/** The same, where it must be there. Throws FL4181. */
export const needTool = (name: string): string => {
  const found = findTool(name);
  if (found === undefined) throw new FoglineError("FL4181", `${name} is not built: it is not in ${toolsFolder}`);
  return found;
};

/** What a cluster needs that Flux reconciles. */
const ofClusters = [
  ...["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "kwok-stages"],
  ...["source-controller", "kustomize-controller", "flux-operator", "flux-operator-crds", "flux-distribution", "cert-manager-crds"],
];

/** What of that is not there. */
export const missingTools = (): string[] => ofClusters.filter((name) => findTool(name) === undefined);
