import type { Finding } from "@fogline/findings";
import type { Fleet } from "@fogline/fleet";
import { type Charts, type KubernetesObject, nameOf } from "@fogline/manifests";
import { schemaProblems } from "../check/schema.ts";
import { secretFilesOf } from "../secrets/place.ts";
import type { ClusterTree, TreeFolder } from "../tree/tree.ts";
import { documentIn } from "../tree/yaml-text.ts";
import { buildCluster, type ClusterInputs } from "./cluster.ts";
import { clusterContexts } from "./context.ts";
import { remembered } from "./remembered.ts";
import { headerOf, toYaml } from "./yaml.ts";

/** What render knows beside the fleet. */
export interface RenderInputs extends ClusterInputs {
  /** Clusters to render; all when absent. */
  readonly clusters?: readonly string[];
  /** Encrypted Secrets by path, as people wrote them: `clusters/secrets/<cluster>/<name>.sops.yaml`. */
  readonly secrets?: ReadonlyMap<string, string>;
  /** Public keys of the mesh by device. */
  readonly meshKeys?: ReadonlyMap<string, string>;
}

/** Generated files by path from the repository's root, sorted by path. No file when there is an error among the findings. */
export interface Rendered {
  readonly files: ReadonlyMap<string, string>;
  readonly trees: readonly ClusterTree[];
  readonly findings: readonly Finding[];
}

/** The trees of all clusters of a fleet. Pure: equal arguments give equal text. Nothing outside of `clusters/<cluster>/` is in the result. */
export const render = (fleet: Fleet, inputs: RenderInputs, charts: Charts): Rendered => {
  const files = new Map<string, string>();
  const findings: Finding[] = [];
  const trees: ClusterTree[] = [];
  const written = remembered(writtenObject);
  for (const [name, context] of clusterContexts(fleet, charts)) {
    if (inputs.clusters !== undefined && !inputs.clusters.includes(name)) continue;
    const built = buildCluster(context, charts, inputs);
    findings.push(...built.findings);
    const secrets = secretFilesOf(name, inputs.secrets ?? new Map());
    for (const folder of built.tree.folders) writeFolder({ files, findings, written }, folder, isConfigs(folder) ? secrets : new Map());
    trees.push({ ...built.tree, folders: built.tree.folders.map((folder) => (isConfigs(folder) ? withCopies(folder, secrets) : folder)) });
  }
  const failed = findings.some(({ severity }) => severity === "error");
  return { files: failed ? new Map() : new Map([...files].toSorted(([a], [b]) => (a < b ? -1 : 1))), trees, findings };
};

/** The folder that encrypted Secrets are copied into. */
const isConfigs = ({ path }: TreeFolder): boolean => path.endsWith("/configs");

/** The folder with the objects of copied files, so that whoever looks at the tree sees them too. What cannot be read there, `checkSecrets` names. */
const withCopies = (folder: TreeFolder, copied: ReadonlyMap<string, string>): TreeFolder => ({
  ...folder,
  objects: [
    ...folder.objects,
    ...[...copied].flatMap(([name, text]) => {
      const object = objectIn(text);
      return object === undefined ? [] : [{ object, file: `${folder.path}/${name}` }];
    }),
  ],
});

const objectIn = (text: string): KubernetesObject | undefined => {
  try {
    const object = documentIn(text) as Partial<KubernetesObject> | undefined;
    return typeof object?.kind === "string" && typeof object.metadata?.name === "string" ? (object as KubernetesObject) : undefined;
  } catch {
    return undefined;
  }
};

/** An object as text, and whether it fits its schema. */
const writtenObject = (object: KubernetesObject): { readonly text: string; readonly fits: boolean } => ({
  text: toYaml(object),
  fits: schemaProblems(object, "").length === 0,
});

/** What folders are written to. */
interface Target {
  readonly files: Map<string, string>;
  readonly findings: Finding[];
  readonly written: typeof writtenObject;
}

/** One file per object and a kustomization.yaml that lists them; a second object for a file is a finding. */
const writeFolder = (
  { files, findings, written }: Target,
  { path, objects, place: entry }: TreeFolder,
  copied: ReadonlyMap<string, string>,
): void => {
  for (const { object, file, chart, place } of objects) {
    const { text, fits } = written(object);
    if (!fits) findings.push(...schemaProblems(object, file));
    if (files.has(file)) findings.push({ code: "FL3002", severity: "error", message: `${nameOf(object)} is rendered twice`, place: { file } });
    files.set(file, headerOf(chart, place) + text);
  }
  for (const [name, text] of copied) files.set(`${path}/${name}`, text);
  const resources = [...objects.map(({ file }) => file.slice(path.length + 1)), ...copied.keys()].toSorted();
  files.set(
    `${path}/kustomization.yaml`,
    headerOf("packages/gitops/src/render/render.ts writeFolder", entry) +
      toYaml({ apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", resources }),
  );
};
