import type { Finding } from "@fogline/findings";
import type { KubernetesObject } from "@fogline/manifests";
import { kustomizationsIn } from "./kustomizations.ts";
import type { ClusterTree, TreeFolder, TreeObject } from "./tree.ts";
import { documentsIn } from "./yaml-text.ts";

/** Files by path from the repository's root. */
export type TreeFiles = ReadonlyMap<string, string>;

const indexName = "kustomization.yaml";

/**
 * Reads the tree of one cluster from files: `flux-system/`, every folder that its Kustomizations name, and every other folder of the cluster
 * that has a kustomization.yaml. All problems of files together; what could be read is in the tree all the same.
 */
export const readClusterTree = (files: TreeFiles, cluster: string): { readonly tree: ClusterTree; readonly findings: readonly Finding[] } => {
  const findings: Finding[] = [];
  const base = `clusters/${cluster}`;
  const root = readFolder(files, `${base}/flux-system`, findings);
  if (root === undefined) findings.push(missing(`${base}/flux-system/${indexName}`, `${base}/flux-system/${indexName} is missing`));
  const folders = new Map(root === undefined ? [] : [[root.path, root]]);
  const named = kustomizationsIn({ cluster, folders: [...folders.values()] }).map(({ path }) => path);
  const indexed = [...files.keys()]
    .filter((path) => path.startsWith(`${base}/`) && path.endsWith(`/${indexName}`))
    .map((path) => path.slice(0, -indexName.length - 1));
  for (const path of [...named, ...indexed.toSorted()]) {
    if (folders.has(path)) continue;
    const folder = readFolder(files, path, findings);
    if (folder !== undefined) folders.set(path, folder);
  }
  return { tree: { cluster, folders: [...folders.values()] }, findings };
};

const missing = (file: string, message: string): Finding => ({ code: "FL3008", severity: "error", message, place: { file } });

const readFolder = (files: TreeFiles, folder: string, findings: Finding[]): TreeFolder | undefined => {
  const indexFile = `${folder}/${indexName}`;
  const text = files.get(indexFile);
  if (text === undefined) return undefined;
  const [index] = parse(indexFile, text, findings);
  const resources = (index as { resources?: unknown } | undefined)?.resources;
  const listed = Array.isArray(resources) ? resources.map(String) : [];
  const objects = listed.flatMap((name) => objectsOf(files, folder, name, findings));
  const known = new Set([indexName, ...listed]);
  const beside = [...files.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));
  const unlisted = beside.filter((name) => !name.includes("/") && /\.ya?ml$/.test(name) && !known.has(name)).map((name) => `${folder}/${name}`);
  return { path: folder, objects, ...(unlisted.length === 0 ? {} : { unlisted: unlisted.toSorted() }) };
};

const objectsOf = (files: TreeFiles, folder: string, name: string, findings: Finding[]): TreeObject[] => {
  const file = `${folder}/${name}`;
  const text = files.get(file);
  if (text === undefined) {
    findings.push(missing(file, `${folder}/${indexName} lists ${name}, which does not exist`));
    return [];
  }
  return parse(file, text, findings)
    .filter((document) => isObject(document, file, findings))
    .map((object) => ({ object, file }));
};

const parse = (file: string, text: string, findings: Finding[]): unknown[] => {
  try {
    return documentsIn(text);
  } catch (thrown) {
    const mark = (thrown as { mark?: { line?: number; column?: number } }).mark;
    const place = {
      file,
      ...(mark?.line === undefined ? {} : { line: mark.line + 1 }),
      ...(mark?.column === undefined ? {} : { column: mark.column + 1 }),
    };
    const [message] = (thrown instanceof Error ? thrown.message : String(thrown)).split("\n");
    findings.push({ code: "FL3009", severity: "error", message: `not YAML: ${message}`, place });
    return [];
  }
};

const isObject = (document: unknown, file: string, findings: Finding[]): document is KubernetesObject => {
  const object = document as Partial<KubernetesObject>;
  const fits =
    typeof object === "object" &&
    typeof object.apiVersion === "string" &&
    typeof object.kind === "string" &&
    typeof object.metadata?.name === "string";
  if (!fits) {
    const message = "not a Kubernetes object: apiVersion, kind and metadata.name are needed";
    findings.push({ code: "FL3009", severity: "error", message, place: { file } });
  }
  return fits;
};
