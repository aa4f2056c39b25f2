import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type HandOverInputs, planHandOver, readOperatorManifest } from "@fogline/gitops";
import type { KubernetesObject } from "@fogline/manifests";
import { findTool } from "../../../scripts/tools.ts";
import { eventually } from "../../system/testing/eventually.ts";
import type { Repository } from "../../system/testing/repository.ts";
import type { ControlPlane } from "./control-plane.ts";
import { objectsIn } from "./stand-ins.ts";

/** What day 0 knows of a cluster. */
export interface HandOver extends Omit<HandOverInputs<string>, "operator" | "treeKey"> {
  readonly repository: Repository;
}

const byDayZero = { fieldManager: "day-0" };
const instanceKind = { apiVersion: "fluxcd.controlplane.io/v1", kind: "FluxInstance" };

/**
 * Lays down what must be there before Flux, as the planner has it. Of the operator only its custom resources: it runs as a process of this machine,
 * and finds the FluxInstance when it starts.
 */
export const handOver = async ({ api }: ControlPlane, { repository, ...known }: HandOver): Promise<void> => {
  const treeKey = join(repository.path, "clusters/tree-signing.pub");
  const ofTrees = existsSync(treeKey) ? { treeKey: readFileSync(treeKey, "utf8") } : {};
  for (const { object, stage } of planHandOver({ ...known, ...ofTrees, operator: objectsIn("flux-operator-crds") })) {
    if (stage === "instance") await eventually("FluxInstances are served", () => api.list(instanceKind).catch(() => undefined));
    await api.apply(object, byDayZero);
  }
};

/** The operator's own manifest, as its release makes it. */
export const operatorManifest = (): string => {
  const [kustomize, config] = [findTool("kustomize"), findTool("flux-operator-config")];
  if (kustomize === undefined || config === undefined) throw new Error("the manifest of the Flux Operator is not there. fix: npm run tools");
  return execFileSync(kustomize, ["build", join(config, "default")], { encoding: "utf8" });
};

/** The objects of that manifest. */
export const operatorObjects = (): readonly KubernetesObject[] => {
  const { objects, findings } = readOperatorManifest(operatorManifest(), "install.yaml");
  if (findings.length > 0) throw new Error(findings.map(({ message }) => message).join("; "));
  return objects;
};
