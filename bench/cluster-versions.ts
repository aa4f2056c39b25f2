import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/root.ts";

/** What the figures are figures of: the folder below `tools/`, the Go module whose version counts, and its name for readers. */
const programs = [
  ["kubernetes", "k8s.io/kubernetes", "Kubernetes"],
  ["etcd", "go.etcd.io/etcd/server/v3", "etcd"],
  ["source-controller", "github.com/fluxcd/source-controller", "source-controller"],
  ["kustomize-controller", "github.com/fluxcd/kustomize-controller", "kustomize-controller"],
  ["flux-operator", "github.com/controlplaneio-fluxcd/flux-operator", "flux-operator"],
  ["kwok", "sigs.k8s.io/kwok", "kwok"],
] as const;

const versionOf = (folder: string, module: string): string => {
  const lines = readFileSync(join(root, "tools", folder, "go.mod"), "utf8").split("\n");
  const found = lines
    .map((line) =>
      line
        .trim()
        .replace(/^require /, "")
        .split(" "),
    )
    .find(([name]) => name === module);
  if (found?.[1] === undefined) throw new Error(`tools/${folder}/go.mod does not require ${module}`);
  return found[1];
};

/** The versions of what runs in the cluster, from the modules that `npm run tools` builds. */
export const clusterVersions = (): string => programs.map(([folder, module, name]) => `${name} ${versionOf(folder, module)}`).join(", ");
