import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fluxNamespace, type KubernetesObject } from "@fogline/manifests";
import { eventually } from "../../system/testing/eventually.ts";
import type { Repository } from "../../system/testing/repository.ts";
import type { ControlPlane } from "./control-plane.ts";
import { objectsIn } from "./stand-ins.ts";

/** The login of a source, as its Secret has it. */
export interface SourceLogin {
  /** Default Opaque. */
  readonly type?: string;
  readonly stringData: Readonly<Record<string, string>>;
}

/** What day 0 knows of a cluster. */
export interface HandOver {
  readonly repository: Repository;
  /** The text of the cluster's age key. */
  readonly ageKey: string;
  readonly login: SourceLogin;
}

const byDayZero = { fieldManager: "day-0" };

/** Lays down what must be there before Flux: the operator's custom resources, the namespace, the cluster's key, the login of its source, and the public key of signed trees. */
export const handOver = async ({ api }: ControlPlane, { repository, ageKey, login }: HandOver): Promise<void> => {
  const secret = (name: string, stringData: SourceLogin["stringData"], type = "Opaque"): KubernetesObject => ({
    ...{ apiVersion: "v1", kind: "Secret", type, metadata: { name, namespace: fluxNamespace }, stringData },
  });
  for (const definition of objectsIn("flux-operator-crds")) await api.apply(definition, byDayZero);
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: fluxNamespace } }, byDayZero);
  await api.apply(secret("sops-age", { "age.agekey": ageKey }), byDayZero);
  await api.apply(secret("flux-system", login.stringData, login.type), byDayZero);
  const treeKey = join(repository.path, "clusters/tree-signing.pub");
  if (existsSync(treeKey)) await api.apply(secret("tree-signing", { "tree-signing.pub": readFileSync(treeKey, "utf8") }), byDayZero);
  await eventually("FluxInstances are served", () =>
    api.list({ apiVersion: "fluxcd.controlplane.io/v1", kind: "FluxInstance" }).catch(() => undefined),
  );
};
