import type { Finding } from "@fogline/findings";
import {
  factsFolder,
  imagesLockPath,
  meshKeysFile,
  readClusterFacts,
  readImagesLock,
  readMeshKeys,
  treeSigningFile,
  treeSigningProblems,
} from "@fogline/fleet";
import { knownHostsPath, type RenderInputs, secretsFolder } from "@fogline/gitops";
import type { Worktree } from "@fogline/worktree";

interface LoadedInputs {
  readonly inputs: RenderInputs;
  readonly findings: readonly Finding[];
}

/**
 * What render reads beside the fleet file, of a repository's files by path: what was released, the encrypted Secrets, and whether trees are signed. A lock
 * with errors counts as none. What day 0 learned is looked at as well, although no tree depends on it yet.
 */
export const inputsIn = (files: ReadonlyMap<string, string>): LoadedInputs => {
  const text = files.get(imagesLockPath);
  const { lock, findings } = text === undefined ? { findings: [] } : readImagesLock(text);
  const key = files.get(treeSigningFile);
  const meshText = files.get(meshKeysFile);
  const mesh = meshText === undefined ? { findings: [] } : readMeshKeys({ path: meshKeysFile, text: meshText });
  const secrets = new Map([...files].filter(([path]) => path.startsWith(`${secretsFolder}/`)));
  return {
    // Also where the key has errors: a tree must not lose its check of signatures over a slip of the pen.
    inputs: {
      secrets,
      treesSigned: key !== undefined,
      ...(lock === undefined ? {} : { images: lock }),
      ...(mesh.keys === undefined ? {} : { meshKeys: mesh.keys }),
    },
    findings: [...findings, ...mesh.findings, ...(key === undefined ? [] : treeSigningProblems(key)), ...factsProblems(files)],
  };
};

const factsProblems = (files: ReadonlyMap<string, string>): Finding[] =>
  [...files]
    .filter(([path]) => path.startsWith(`${factsFolder}/`) && path !== meshKeysFile && path !== knownHostsPath)
    .flatMap(([path, facts]) => readClusterFacts(facts, path).findings);

/** Those of the repository as it is on disk. */
export const loadInputs = async (worktree: Worktree): Promise<LoadedInputs> => {
  const files = new Map([...(await worktree.files(secretsFolder)), ...(await worktree.files(factsFolder))]);
  for (const path of [imagesLockPath, treeSigningFile]) {
    const text = await worktree.file(path);
    if (text !== undefined) files.set(path, text);
  }
  return inputsIn(files);
};
