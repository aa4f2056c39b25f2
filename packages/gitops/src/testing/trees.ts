import { type ImagesLock, parseFleet } from "@fogline/fleet";
import { type KubernetesObject, nameOf } from "@fogline/manifests";
import type { CheckContext } from "../check/rule.ts";
import { toYaml } from "../render/yaml.ts";
import { readClusterTree, type TreeFiles } from "../tree/read.ts";
import { documentIn } from "../tree/yaml-text.ts";

export { readObjects, readTraps } from "./objects.ts";

/** A good tree as `fixtures/trees/base/<name>.yaml` has it. Folders are below the cluster's. */
export interface BaseTree {
  readonly cluster: string;
  /** The fleet file, as text. */
  readonly fleet: string;
  readonly folders: Readonly<Record<string, readonly KubernetesObject[]>>;
}

/** What is done to a base tree. */
export interface Edits {
  /** Text of the fleet file, and what stands there instead. */
  readonly fleet?: Readonly<Record<string, string>>;
  /** Fields of objects by the object's name and a JSON Pointer (RFC 6901); null takes the field away. */
  readonly change?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Objects more in a folder, listed. */
  readonly add?: Readonly<Record<string, readonly KubernetesObject[]>>;
  /** Objects more in a folder, as files that its kustomization.yaml does not list. */
  readonly unlisted?: Readonly<Record<string, readonly KubernetesObject[]>>;
  /** Objects fewer, by name. */
  readonly remove?: readonly string[];
  readonly images?: ImagesLock;
}

/** A tree with one fault, as `fixtures/trees/bad/<code>-<what>.yaml` has it. Without `repaired`, the base tree is what is right. */
export interface BadTree extends Edits {
  /** The code that it is refused with. */
  readonly code: string;
  /** What is wrong, in a sentence. */
  readonly says: string;
  readonly base: string;
  readonly repaired?: Edits;
}

/** Reads a base tree. */
export const readBaseTree = (text: string): BaseTree => documentIn(text) as BaseTree;

/** Reads a bad tree: its first line names the code, the lines of comment below say what is wrong. */
export const readBadTree = (text: string): BadTree => {
  const [, code = "", says = ""] = /^# expect: (FL\d{4})\n((?:# .*\n)+)/.exec(text) ?? [];
  return { ...(documentIn(text) as Omit<BadTree, "code" | "says">), code, says: says.replaceAll(/^# /gm, "").replaceAll("\n", " ").trim() };
};

/** The value at a JSON Pointer; `undefined` where there is none. */
export const valueAt = (value: unknown, pointer: string): unknown =>
  segmentsOf(pointer).reduce<unknown>(
    (at, segment) => (typeof at === "object" && at !== null ? (at as Record<string, unknown>)[segment] : undefined),
    value,
  );

const segmentsOf = (pointer: string): string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));

/** What a fixture holds is JSON, whatever it was written as. */
const copyOf = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

/** Sets or removes what is at a pointer; the mapping or list around it must be there. */
const edit = (object: unknown, pointer: string, value: unknown): void => {
  const segments = segmentsOf(pointer);
  const last = segments.pop() ?? "";
  const around = valueAt(object, segments.map((segment) => `/${segment.replaceAll("~", "~0").replaceAll("/", "~1")}`).join(""));
  if (typeof around !== "object" || around === null) throw new Error(`there is nothing around ${pointer}`);
  if (value === null) delete (around as Record<string, unknown>)[last];
  else (around as Record<string, unknown>)[last] = copyOf(value);
};

/** The files of a tree after edits. Throws for an edit that finds nothing to change: a fixture must do what it says. */
const filesOf = (base: BaseTree, { change = {}, add = {}, unlisted = {}, remove = [] }: Edits): TreeFiles => {
  const files = new Map<string, string>();
  const missing = new Set([...Object.keys(change), ...remove]);
  for (const folder of new Set([...Object.keys(base.folders), ...Object.keys(add)])) {
    const objects = [...(base.folders[folder] ?? []), ...(add[folder] ?? [])].map((object) => copyOf(object));
    const path = `clusters/${base.cluster}/${folder}`;
    const listed: string[] = [];
    for (const object of objects) {
      const name = nameOf(object);
      missing.delete(name);
      if (remove.includes(name)) continue;
      for (const [pointer, value] of Object.entries(change[name] ?? {})) edit(object, pointer, value);
      const file = `${object.kind.toLowerCase()}-${object.metadata.name}.yaml`;
      files.set(`${path}/${file}`, toYaml(object));
      listed.push(file);
    }
    for (const object of unlisted[folder] ?? []) files.set(`${path}/${object.kind.toLowerCase()}-${object.metadata.name}.yaml`, toYaml(object));
    // A folder whose last object was removed goes with it.
    if (objects.length > 0 && listed.length === 0) continue;
    files.set(`${path}/kustomization.yaml`, toYaml({ resources: listed }));
  }
  if (missing.size > 0) throw new Error(`the base tree has no ${[...missing].join(", ")}`);
  return files;
};

/** What the rules are given for a base tree after edits. Throws when the fleet file, or a file of the tree, cannot be read. */
export const contextOf = (base: BaseTree, edits: Edits = {}): CheckContext => {
  let text = base.fleet;
  for (const [from, to] of Object.entries(edits.fleet ?? {})) {
    if (!text.includes(from)) throw new Error(`the fleet file does not have ${from}`);
    text = text.replaceAll(from, to);
  }
  const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text }]);
  const cluster = fleet?.clusters.find(({ name }) => name === base.cluster);
  const read = readClusterTree(filesOf(base, edits), base.cluster);
  const problems = [...findings, ...read.findings].map(({ message }) => message);
  if (fleet === undefined || cluster === undefined || problems.length > 0) throw new Error(problems.join("; "));
  return { fleet, cluster, tree: read.tree, ...(edits.images === undefined ? {} : { images: edits.images }) };
};
