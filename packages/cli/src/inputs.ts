import type { Finding } from "@fogline/findings";
import { imagesLockPath, readImagesLock } from "@fogline/fleet";
import { type RenderInputs, secretsFolder } from "@fogline/gitops";
import type { Worktree } from "@fogline/worktree";

interface LoadedInputs {
  readonly inputs: RenderInputs;
  readonly findings: readonly Finding[];
}

/** What render reads beside the fleet file, of a repository's files by path: what was released, and the encrypted Secrets. A lock with errors counts as none. */
export const inputsIn = (files: ReadonlyMap<string, string>): LoadedInputs => {
  const text = files.get(imagesLockPath);
  const { lock, findings } = text === undefined ? { findings: [] } : readImagesLock(text);
  const secrets = new Map([...files].filter(([path]) => path.startsWith(`${secretsFolder}/`)));
  return { inputs: { secrets, ...(lock === undefined ? {} : { images: lock }) }, findings };
};

/** Those of the repository as it is on disk. */
export const loadInputs = async (worktree: Worktree): Promise<LoadedInputs> => {
  const [lock, secrets] = await Promise.all([worktree.file(imagesLockPath), worktree.files(secretsFolder)]);
  return inputsIn(lock === undefined ? secrets : new Map([[imagesLockPath, lock], ...secrets]));
};
