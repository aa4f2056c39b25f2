import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FoglineError } from "@fogline/findings";
import { type ProcessMark, runs } from "@fogline/system";

/** What somebody asked for. A second `up` that asks for the same finds the first. */
export interface DevRequest {
  readonly kind: "embedded" | "kind" | "k3d";
  /** The root of the repository whose commits are run. */
  readonly repository: string;
  /** Whose tree is run. */
  readonly cluster: string;
  /** The clusters whose devices are nodes. */
  readonly nodesOf: readonly string[];
  /** Of the cluster's private age key, where there is one. */
  readonly ageKeyFile?: string;
}

export interface DevProgram extends ProcessMark {
  readonly name: string;
}

/** A node, for people. */
export interface DevNode {
  readonly name: string;
  readonly device: string;
  readonly hardware: string;
  readonly architecture: string;
  /** What pods may have of it. */
  readonly cpuCores: number;
  readonly memoryBytes: number;
}

/** Something outside the folder that was made and is to be removed, in the order in which it was. Written down before it is made. */
export type Made =
  | { readonly what: "kind-cluster"; readonly name: string }
  | { readonly what: "k3d-cluster"; readonly name: string }
  | { readonly what: "container"; readonly name: string };

export interface DevState {
  readonly request: DevRequest;
  readonly phase: "starting" | "running" | "failed";
  /** What was begun so far, and when that was. */
  readonly steps: readonly { readonly doing: string; readonly atMs: number }[];
  /** The process in the background. */
  readonly process?: ProcessMark;
  /** What went wrong. */
  readonly problem?: { readonly code: string; readonly message: string };
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Where the cluster fetches from, and with which login. */
  readonly source?: { readonly url: string; readonly username: string; readonly password: string };
  /** Of a cluster in containers: the address of this machine that they reach, and the name that they know it by. */
  readonly reached?: { readonly address: string; readonly host: string };
  readonly nodes: readonly DevNode[];
  /** Programs of this machine that the cluster is made of. */
  readonly programs: readonly DevProgram[];
  readonly made: readonly Made[];
}

/** The repository that is served, in its folder. */
export const servedName = "fleet.git";

/** Everything of a dev cluster on this disk is below one folder. */
export const devFolderIn = (dataFolder: string): string => join(dataFolder, "dev");
export const logIn = (folder: string): string => join(folder, "log");
/** Folders below it. */
export const stateFolders = (folder: string) => ({ git: join(folder, "git"), served: join(folder, "git", servedName) });
const fileIn = (folder: string): string => join(folder, "state.json");

/** `undefined` where there is no dev cluster. */
export const readState = (folder: string): DevState | undefined => {
  try {
    return JSON.parse(readFileSync(fileIn(folder), "utf8")) as DevState;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new FoglineError("FL4183", `${fileIn(folder)} cannot be read: ${String(thrown)}`, { cause: thrown });
  }
};

/** Replaces it by renaming, so that a reader never sees half of one. */
export const writeState = (folder: string, state: DevState): void => {
  const file = fileIn(folder);
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${file}.new`, file);
};

/** The first state of a dev cluster; whose `up` comes second gets `false`. */
export const claim = (folder: string, request: DevRequest): boolean => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const state: DevState = { request, phase: "starting", steps: [], nodes: [], programs: [], made: [] };
  try {
    writeFileSync(fileIn(folder), JSON.stringify(state), { mode: 0o600, flag: "wx" });
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw thrown;
  }
};

export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** Whether the process in the background runs. */
export const isServed = ({ process }: DevState): boolean => process !== undefined && runs(process);
