import type { Finding } from "@fogline/findings";
import { identityOf, type KubernetesObject, nameOf } from "@fogline/manifests";
import { loadAll } from "js-yaml";

/** One Flux Kustomization with the objects that it applies. */
export interface Layer {
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly objects: readonly KubernetesObject[];
}

/** A tree as Flux would walk it. `layers` are in an order in which every one comes after those it depends on. */
export interface DesiredTree {
  readonly layers: readonly Layer[];
}

/** Files by path from the repository's root. */
export type TreeFiles = ReadonlyMap<string, string>;

/**
 * Reads the tree of one cluster the way Flux does: the objects of `flux-system/`, then each Kustomization's folder by its kustomization.yaml.
 * All problems together; with any of them there is no tree.
 */
export const readTree = (files: TreeFiles, cluster: string): { tree?: DesiredTree; findings: Finding[] } => {
  const findings: Finding[] = [];
  const root = readFolder(files, `clusters/${cluster}/flux-system`, findings);
  const layers = root
    .filter(({ apiVersion, kind }) => kind === "Kustomization" && apiVersion.startsWith("kustomize.toolkit.fluxcd.io/"))
    .map((object): Layer => {
      const spec = (object.spec ?? {}) as { path?: string; dependsOn?: { name: string }[] };
      const path = (spec.path ?? "").replace(/^\.\//, "").replace(/\/$/, "");
      return { name: object.metadata.name, dependsOn: (spec.dependsOn ?? []).map(({ name }) => name), objects: readFolder(files, path, findings) };
    });
  findings.push(...ownedTwice(layers));
  const sorted = inOrder(layers, findings);
  return findings.length > 0 ? { findings } : { tree: { layers: sorted }, findings };
};

const readFolder = (files: TreeFiles, folder: string, findings: Finding[]): KubernetesObject[] => {
  const index = files.get(`${folder}/kustomization.yaml`);
  if (index === undefined) {
    findings.push({
      code: "FL3008",
      severity: "error",
      message: `${folder}/kustomization.yaml is missing`,
      place: { file: `${folder}/kustomization.yaml` },
    });
    return [];
  }
  const [kustomization] = parse(`${folder}/kustomization.yaml`, index, findings);
  const resources = (kustomization as { resources?: unknown } | undefined)?.resources;
  if (!Array.isArray(resources)) return [];
  return resources.flatMap((name) => {
    const path = `${folder}/${String(name)}`;
    const text = files.get(path);
    if (text !== undefined) return parse(path, text, findings).filter((document) => isObject(document, path, findings));
    findings.push({
      code: "FL3008",
      severity: "error",
      message: `${folder}/kustomization.yaml lists ${String(name)}, which does not exist`,
      place: { file: path },
    });
    return [];
  });
};

const parse = (path: string, text: string, findings: Finding[]): unknown[] => {
  try {
    return loadAll(text).filter((document) => document !== null && document !== undefined);
  } catch (thrown) {
    const mark = (thrown as { mark?: { line?: number; column?: number } }).mark;
    const place = {
      file: path,
      ...(mark?.line === undefined ? {} : { line: mark.line + 1 }),
      ...(mark?.column === undefined ? {} : { column: mark.column + 1 }),
    };
    const [message] = (thrown instanceof Error ? thrown.message : String(thrown)).split("\n");
    findings.push({ code: "FL3009", severity: "error", message: `not YAML: ${message}`, place });
    return [];
  }
};

const isObject = (document: unknown, path: string, findings: Finding[]): document is KubernetesObject => {
  const object = document as Partial<KubernetesObject>;
  const fits =
    typeof object === "object" &&
    typeof object.apiVersion === "string" &&
    typeof object.kind === "string" &&
    typeof object.metadata?.name === "string";
  if (!fits)
    findings.push({
      code: "FL3009",
      severity: "error",
      message: "not a Kubernetes object: apiVersion, kind and metadata.name are needed",
      place: { file: path },
    });
  return fits;
};

const ownedTwice = (layers: readonly Layer[]): Finding[] => {
  const owners = new Map<string, string>();
  const findings: Finding[] = [];
  for (const layer of layers) {
    for (const object of layer.objects) {
      const owner = owners.get(identityOf(object));
      if (owner !== undefined) {
        findings.push({ code: "FL3011", severity: "error", message: `${nameOf(object)} is in Kustomization ${owner} and in ${layer.name}` });
      }
      owners.set(identityOf(object), layer.name);
    }
  }
  return findings;
};

/** Kahn's algorithm; among those that may come next, the order of the tree. */
const inOrder = (layers: readonly Layer[], findings: Finding[]): Layer[] => {
  const names = new Set(layers.map(({ name }) => name));
  for (const { name, dependsOn } of layers) {
    for (const needed of dependsOn.filter((one) => !names.has(one))) {
      findings.push({ code: "FL3010", severity: "error", message: `Kustomization ${name} depends on ${needed}, which does not exist` });
    }
  }
  const sorted: Layer[] = [];
  const placed = new Set<string>();
  let waiting = [...layers];
  while (waiting.length > 0) {
    const next = waiting.filter(({ dependsOn }) => dependsOn.every((needed) => placed.has(needed) || !names.has(needed)));
    if (next.length === 0) {
      findings.push({
        code: "FL3010",
        severity: "error",
        message: `these Kustomizations depend on each other: ${waiting.map(({ name }) => name).join(", ")}`,
      });
      return sorted;
    }
    for (const layer of next) placed.add(layer.name);
    sorted.push(...next);
    waiting = waiting.filter(({ name }) => !placed.has(name));
  }
  return sorted;
};
