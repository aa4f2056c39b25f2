import type { Finding } from "@fogline/findings";
import type { RenderInputs } from "@fogline/gitops";
import type { Worktree } from "@fogline/worktree";

/** What render reads beside the fleet file: the encrypted Secrets. */
export const loadInputs = async (worktree: Worktree): Promise<{ inputs: RenderInputs; findings: readonly Finding[] }> => ({
  inputs: { secrets: await worktree.files("clusters/secrets") },
  findings: [],
});
