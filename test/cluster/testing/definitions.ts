import type { KubernetesApi } from "@fogline/dev-cluster";
import { objectsIn } from "@fogline/dev-cluster";
import type { KubernetesObject } from "@fogline/manifests";
import { eventually } from "../../system/testing/eventually.ts";
import { exampleClusters, exampleTree, objectsOf } from "./example-trees.ts";

interface FluxInstanceSpec {
  readonly distribution: { readonly version: string };
}

/** The Flux that the trees ask for. Throws where they ask for different ones. */
const fluxVersion = (): string => {
  const instances = exampleClusters.flatMap((name) => objectsOf(exampleTree(name))).filter(({ kind }) => kind === "FluxInstance");
  const [version, ...others] = new Set(instances.map(({ spec }) => (spec as FluxInstanceSpec).distribution.version));
  if (version === undefined || others.length > 0) throw new Error(`the trees ask for Flux ${[version, ...others].join(" and ")}`);
  return version;
};

/** The definitions of every custom resource that trees may hold: of Flux, of its operator, of cert-manager. */
const definitions = (): KubernetesObject[] =>
  [...objectsIn("flux-distribution", "flux", `v${fluxVersion()}`), ...objectsIn("flux-operator-crds"), ...objectsIn("cert-manager-crds")].filter(
    ({ kind }) => kind === "CustomResourceDefinition",
  );

interface Definition {
  readonly group: string;
  readonly names: { readonly kind: string };
  readonly versions: readonly { readonly name: string; readonly served: boolean }[];
}

/** Installs them all, and waits until the API server serves them. */
export const installDefinitions = async (api: KubernetesApi): Promise<void> => {
  const all = definitions();
  await Promise.all(all.map((definition) => api.apply(definition)));
  for (const { spec } of all) {
    const { group, names, versions } = spec as Definition;
    for (const { name, served } of versions) {
      if (!served) continue;
      await eventually(`${group}/${name} ${names.kind} is served`, () =>
        api.pathOf({ apiVersion: `${group}/${name}`, kind: names.kind }).catch(() => undefined),
      );
    }
  }
};
