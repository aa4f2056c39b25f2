import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { FoglineError, textOf } from "@fogline/findings";
import { treeSigningFile } from "@fogline/fleet";
import { fluxOperatorManifestUrl, type HandOverStep, planHandOver, readClusterTree, readOperatorManifest } from "@fogline/gitops";
import type { KubernetesObject } from "@fogline/manifests";
import { Worktree } from "@fogline/worktree";
import { sourceLogin } from "./cluster-login.ts";
import type { Context } from "./context.ts";
import { keyFileOf, readPrivateFile, writePrivateFile } from "./private-keys.ts";
import { loadFleet } from "./render.ts";
import { refuseFor } from "./secret-store.ts";

/** Where what is not in the repository comes from. */
export interface HandOverSources {
  /** A file with the login with which Flux fetches the tree: docker's config.json, or `username` and `password` as JSON. Default: `keys/<cluster>.login` of the data folder. */
  readonly login?: string;
  /** The Flux Operator's install.yaml: a file from the repository's root, or a URL. Default: the release that this version was tested with. */
  readonly operator?: string;
  /** What its SHA-256 must be. */
  readonly operatorSha256?: string;
}

/** What is laid into a cluster before Flux, by whoever reaches its first server. */
export interface HandOverPlan {
  readonly cluster: string;
  readonly steps: readonly HandOverStep[];
}

const fetchTimeoutMs = 30_000;

/** Where `writeHandOver` writes. */
export const handOverFile = (folder: string, cluster: string): string => join(folder, `hand-over-${cluster}.json`);

/**
 * Writes the list that the role `flux` carries out into a folder, readable by its owner alone, because it has the cluster's key and login in it. Answers
 * the file. Throws FL3303 or FL3304 where something that belongs in it is missing, FL3206 where a file is there already.
 */
export const writeHandOver = async (context: Context, cluster: string, folder: string, sources: HandOverSources = {}): Promise<string> => {
  const file = handOverFile(folder, cluster);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writePrivateFile(file, JSON.stringify(await readHandOver(context, cluster, sources)));
  return file;
};

/** Everything of it, read and checked. */
export const readHandOver = async (context: Context, name: string, sources: HandOverSources = {}): Promise<HandOverPlan> => {
  const worktree = await Worktree.open(context.repository);
  const { fleet, findings } = await loadFleet(worktree);
  refuseFor(findings, "the fleet has errors, so nothing was planned");
  const cluster = fleet?.clusters.find((one) => one.name === name);
  if (cluster === undefined) throw new FoglineError("FL3200", `the fleet has no cluster ${name}`);
  const treeKey = await worktree.file(treeSigningFile);
  const [instance, operator, ageKey, login] = await Promise.all([
    instanceOf(worktree, name),
    operatorOf(worktree, sources),
    privateFile(keyFileOf(context, name), `Run \`fogline cluster init ${name}\` here.`),
    sourceLogin(context, cluster, sources.login),
  ]);
  return { cluster: name, steps: planHandOver({ cluster: name, ageKey, login, operator, instance, ...(treeKey === undefined ? {} : { treeKey }) }) };
};

const instanceOf = async (worktree: Worktree, name: string): Promise<KubernetesObject> => {
  const folder = `clusters/${name}/flux-system`;
  const { tree } = readClusterTree(await worktree.files(`clusters/${name}`), name);
  const found = tree.folders.find(({ path }) => path === folder)?.objects.find(({ object }) => object.kind === "FluxInstance")?.object;
  if (found === undefined) throw new FoglineError("FL3304", `${folder} has no FluxInstance, so there is nothing to hand ${name} over to`);
  return found;
};

const operatorOf = async (
  worktree: Worktree,
  { operator = fluxOperatorManifestUrl, operatorSha256 }: HandOverSources,
): Promise<readonly KubernetesObject[]> => {
  const text = /^https?:/.test(operator) ? await fetched(operator) : await worktree.file(operator);
  if (text === undefined) throw new FoglineError("FL3303", `${operator} does not exist in ${worktree.root}`);
  const actual = createHash("sha256").update(text).digest("hex");
  if (operatorSha256 !== undefined && actual !== operatorSha256)
    throw new FoglineError("FL3303", `${operator} has SHA-256 ${actual}, and ${operatorSha256} was asked for; nothing was planned`);
  const { objects, findings } = readOperatorManifest(text, operator);
  if (findings.length > 0) throw new FoglineError("FL3303", `${operator} cannot be used`, { findings });
  return objects;
};

const fetched = async (url: string): Promise<string> => {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(fetchTimeoutMs) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return await answer.text();
  } catch (thrown) {
    throw new FoglineError("FL3303", `${url} cannot be fetched: ${textOf(thrown)}`, {
      remedy: "Save the file into the repository and name it with --operator.",
      cause: thrown,
    });
  }
};

const privateFile = async (file: string, remedy: string): Promise<string> => {
  try {
    return await readPrivateFile(file);
  } catch (thrown) {
    if (thrown instanceof FoglineError && thrown.code === "FL3205") throw thrown;
    throw new FoglineError("FL3304", `${file} is missing: ${textOf(thrown)}`, { remedy, cause: thrown });
  }
};

/** `fogline cluster hand-over <cluster>`: the list, in a file that the role `flux` is given. */
export const clusterHandOverCommand = async (
  context: Context,
  cluster: string,
  options: HandOverSources & { readonly output: string },
): Promise<void> => {
  const plan = await readHandOver(context, cluster, options);
  const file = resolve(context.workingFolder, options.output);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writePrivateFile(file, JSON.stringify(plan));
  const { output } = context;
  output.value({ cluster, file, objects: plan.steps.length });
  output.line(`wrote   ${file}, ${plan.steps.length} objects for ${cluster}; its key and login are in it`);
  output.line(`next    ansible-playbook playbooks/bootstrap.yml --limit <first server> --tags flux --extra-vars fogline_handover=${file}`);
};
