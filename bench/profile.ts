/** Where the time of a program goes, from the profile that Node writes with --cpu-prof. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../scripts/root.ts";

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** Microseconds between samples. */
  readonly timeDeltas: readonly number[];
}

/** Our files by the part of the work that they are; the first that fits counts. */
const partsByPath = [
  ["packages/fleet/", "parse the fleet file"],
  ["packages/gitops/src/check/", "check objects"],
  ["packages/gitops/src/render/yaml.ts", "write objects as YAML"],
  ["packages/gitops/src/host/", "build host files"],
  ["packages/gitops/", "build objects"],
  ["packages/manifests/", "build objects"],
  ["apps/", "build objects"],
  ["infrastructure/", "build objects"],
] as const;

const loading = "start Node and load modules";
const collecting = "collect garbage";
const rest = "files, git, output and waiting for them";

/** Every part, in the order of a run. */
export const parts = [loading, ...new Set(partsByPath.map(([, part]) => part)), collecting, rest] as const;

/** Seconds of each part in the one profile of a folder. What ran counts for the innermost of our functions that it ran for. */
export const secondsByPart = (folder: string): ReadonlyMap<string, number> => {
  const [file, ...more] = readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"));
  if (file === undefined || more.length > 0) throw new Error(`${folder} holds ${more.length + (file === undefined ? 0 : 1)} profiles instead of one`);
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, file), "utf8")) as Profile;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child): [number, number] => [child, id])));
  const partOfNode = new Map(nodes.map(({ id }) => [id, partOf(stackOf(id, byId, parents))]));
  const seconds = new Map<string, number>(parts.map((part) => [part, 0]));
  for (const [index, id] of samples.entries()) {
    const part = partOfNode.get(id) ?? rest;
    seconds.set(part, (seconds.get(part) ?? 0) + (timeDeltas[index] ?? 0) / 1e6);
  }
  return seconds;
};

/** The frames that led to a node, the innermost first. */
const stackOf = (id: number, byId: ReadonlyMap<number, ProfileNode>, parents: ReadonlyMap<number, number>): ProfileNode["callFrame"][] => {
  const frames: ProfileNode["callFrame"][] = [];
  for (let next: number | undefined = id; next !== undefined; next = parents.get(next)) {
    const node = byId.get(next);
    if (node !== undefined) frames.push(node.callFrame);
  }
  return frames;
};

const partOf = (stack: readonly ProfileNode["callFrame"][]): string => {
  if (stack[0]?.functionName === "(garbage collector)") return collecting;
  if (stack.some(({ url }) => url.startsWith("node:internal/modules/") || url.startsWith("node:internal/main/"))) return loading;
  for (const { url } of stack) {
    const path = url.startsWith("file:") ? relative(root, fileURLToPath(url)) : "";
    const part = partsByPath.find(([folder]) => path.startsWith(folder));
    if (part !== undefined) return part[1];
  }
  return rest;
};
