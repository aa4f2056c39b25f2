import { nameOf } from "@fogline/manifests";
import { apiGroupOf } from "../../tree/kustomizations.ts";
import { mappingAt, textIn } from "../../tree/loose.ts";
import type { TreeObject } from "../../tree/tree.ts";
import { isEncrypted } from "../encrypted.ts";
import type { Objection, TreeRule } from "../rule.ts";
import type { Subject } from "../subject.ts";

const isHelm = ({ object }: TreeObject): boolean => {
  const group = apiGroupOf(object);
  const ofSource = group === "source.toolkit.fluxcd.io" && (object.kind === "HelmRepository" || object.kind === "HelmChart");
  return ofSource || group === "helm.toolkit.fluxcd.io" || group === "helm.cattle.io";
};

const helmAtTheEdge = ({ edge, objects, cluster }: Subject): Objection[] =>
  edge
    ? objects
        .filter(isHelm)
        .map((about) => ({ about, message: `${nameOf(about.object)} needs a helm-controller, and ${cluster.name} (${cluster.tier}) has none` }))
    : [];

const notDecrypted = ({ kustomizations }: Subject): Objection[] =>
  kustomizations.flatMap((about) => {
    const encrypted = about.folder?.objects.find((entry) => entry.file.endsWith(".sops.yaml") || isEncrypted(entry.object));
    const decryption = mappingAt(about.spec.decryption);
    const key = textIn(mappingAt(decryption.secretRef).name);
    if (encrypted === undefined || (decryption.provider === "sops" && key !== undefined)) return [];
    return [{ about, message: `Kustomization ${about.name} applies ${encrypted.file} and states no decryption` }];
  });

/** What a cluster must have beside Kubernetes for an object to work. */
export const toolRules: readonly TreeRule[] = [
  {
    code: "FL3115",
    severity: "error",
    why: "Edge clusters run without helm-controller, which saves its memory and the fetching of charts over a thin line. A HelmRelease there stays as it is for ever, and nobody is told.",
    check: helmAtTheEdge,
  },
  {
    code: "FL3116",
    severity: "error",
    why: "Without decryption Flux applies the encrypted text as it is, and the workload gets ENC[...] for a password.",
    check: notDecrypted,
  },
];
