import type { Finding } from "@fogline/findings";
import type { KubernetesObject } from "@fogline/manifests";
import { loadAll } from "js-yaml";
import type { TreeFiles } from "../tree/read.ts";
import type { ClusterTree, TreeFolder, TreeObject } from "../tree/tree.ts";
import { fieldsOf, listOf } from "./lookup.ts";

/** Texts that were read already: both sides and many clusters have most of theirs in common. */
export type ParsedTexts = Map<string, readonly unknown[]>;
const PARSED_TEXTS_MAX = 5_000;

/**
 * The tree of one cluster from its files: every folder with a kustomization.yaml, and the objects that it lists. A file that cannot be read is left
 * out and named (FL5019), because the revision that it is from cannot be corrected any more. `undefined` when the cluster has no files.
 */
export const treeOfFiles = (
  files: TreeFiles,
  cluster: string,
  parsed: ParsedTexts = new Map(),
): { readonly tree?: ClusterTree; readonly findings: readonly Finding[] } => {
  const root = `clusters/${cluster}/`;
  const findings: Finding[] = [];
  const folders = [...files.keys()]
    .filter((path) => path.startsWith(root) && path.endsWith("/kustomization.yaml"))
    .map((path) => path.slice(0, path.lastIndexOf("/")));
  if (folders.length === 0) return { findings };
  const rank = (path: string): number => (path === `${root}flux-system` ? 0 : 1);
  const sorted = folders.toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return { tree: { cluster, folders: sorted.map((path) => folderOf(files, path, findings, parsed)) }, findings };
};

const folderOf = (files: TreeFiles, path: string, findings: Finding[], parsed: ParsedTexts): TreeFolder => {
  const index = `${path}/kustomization.yaml`;
  const [kustomization] = documentsOf(files, index, findings, parsed);
  const objects = listOf(fieldsOf(kustomization).resources).flatMap((name): TreeObject[] => {
    const file = `${path}/${String(name)}`;
    if (files.has(`${file}/kustomization.yaml`)) return [];
    return documentsOf(files, file, findings, parsed).flatMap((document) => {
      if (isObject(document)) return [{ object: document, file }];
      findings.push(unread(file, "it is no Kubernetes object"));
      return [];
    });
  });
  return { path, objects };
};

const documentsOf = (files: TreeFiles, file: string, findings: Finding[], parsed: ParsedTexts): readonly unknown[] => {
  const text = files.get(file);
  if (text === undefined) {
    findings.push(unread(file, "it is listed and does not exist"));
    return [];
  }
  const known = parsed.get(text);
  if (known !== undefined) return known;
  try {
    const documents = loadAll(text).filter((document) => document !== null && document !== undefined);
    if (parsed.size >= PARSED_TEXTS_MAX) parsed.clear();
    parsed.set(text, documents);
    return documents;
  } catch {
    findings.push(unread(file, "it is no YAML"));
    return [];
  }
};

const unread = (file: string, reason: string): Finding => ({
  code: "FL5019",
  severity: "warning",
  message: `${file} is not compared: ${reason}`,
  place: { file },
});

const isObject = (document: unknown): document is KubernetesObject => {
  const { apiVersion, kind, metadata } = fieldsOf(document);
  return typeof apiVersion === "string" && typeof kind === "string" && typeof fieldsOf(metadata).name === "string";
};
