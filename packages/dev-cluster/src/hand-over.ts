import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type HandOverInputs, planHandOver, readOperatorManifest } from "@fogline/gitops";
import type { KubernetesObject } from "@fogline/manifests";
import type { ControlPlane } from "./control-plane.ts";
import { eventually } from "./patience.ts";
import { objectsIn } from "./stand-ins.ts";
import { needTool } from "./tools.ts";

/** What day 0 knows of a cluster. */
export type HandOver = Omit<HandOverInputs<string>, "operator">;

const byDayZero = { fieldManager: "day-0" };
const instanceKind = { apiVersion: "fluxcd.controlplane.io/v1", kind: "FluxInstance" };

/**
 * Lays down what must be there before Flux, as the planner has it. Of the operator only its custom resources: it runs as a process of this machine,
 * and finds the FluxInstance when it starts.
 */
export const handOver = async ({ api }: ControlPlane, known: HandOver): Promise<void> => {
  for (const { object, stage } of planHandOver({ ...known, operator: objectsIn("flux-operator-crds") })) {
    if (stage === "instance") await eventually("FluxInstances are served", () => api.list(instanceKind).catch(() => undefined));
    await api.apply(object, byDayZero);
  }
};

/** The operator's own manifest, as its release makes it. Throws FL4181 where `npm run tools` has not built what it is made of. */
export const operatorManifest = (): string =>
  execFileSync(needTool("kustomize"), ["build", join(needTool("flux-operator-config"), "default")], { encoding: "utf8" });

/** The objects of that manifest. */
export const operatorObjects = (): readonly KubernetesObject[] => {
  const { objects, findings } = readOperatorManifest(operatorManifest(), "install.yaml");
  if (findings.length > 0) throw new Error(findings.map(({ message }) => message).join("; "));
  return objects;
};
