import type { Finding } from "@fogline/findings";
import { imagesLockPath, readImagesLock } from "@fogline/fleet";
import { type RenderInputs, secretsFolder } from "@fogline/gitops";
import type { Source, Worktree } from "@fogline/worktree";

/** What render reads beside the fleet file: what was released, and the encrypted Secrets. A lock with errors counts as none. */
export const loadInputs = async (worktree: Worktree, source: Source = "disk"): Promise<{ inputs: RenderInputs; findings: readonly Finding[] }> => {
  const [text, secrets] = await Promise.all([worktree.file(imagesLockPath, source), worktree.files(secretsFolder, source)]);
  const { lock, findings } = text === undefined ? { findings: [] } : readImagesLock(text);
  return { inputs: { secrets, ...(lock === undefined ? {} : { images: lock }) }, findings };
};
