import { createHash } from "node:crypto";
import { FoglineError, textOf } from "@fogline/findings";
import { fluxOperatorManifestUrl, readOperatorManifest } from "@fogline/gitops";
import type { KubernetesObject } from "@fogline/manifests";
import type { Worktree } from "@fogline/worktree";

export interface OperatorManifestSettings {
  /** A file from the repository's root, or a URL. */
  readonly manifest?: string | undefined;
  /** SHA-256 that it must have, in hexadecimal. */
  readonly sha256?: string | undefined;
}

const timeoutMs = 30_000;
const charactersMax = 4_000_000;

/** The objects of the Flux Operator's manifest. Throws FL3303 where it cannot be had, is another than it must be, or is none. */
export const operatorObjects = async (
  worktree: Worktree,
  { manifest = fluxOperatorManifestUrl, sha256 }: OperatorManifestSettings = {},
): Promise<readonly KubernetesObject[]> => {
  const text = /^https?:/.test(manifest) ? await fetched(manifest) : await worktree.file(manifest);
  if (text === undefined) throw new FoglineError("FL3303", `${manifest} does not exist in ${worktree.root}`);
  if (text.length > charactersMax) throw new FoglineError("FL3303", `${manifest} has ${text.length} characters, the limit is ${charactersMax}`);
  const actual = createHash("sha256").update(text).digest("hex");
  if (sha256 !== undefined && actual !== sha256)
    throw new FoglineError("FL3303", `${manifest} has SHA-256 ${actual}, and the configuration names ${sha256}; nothing was planned`);
  const { objects, findings } = readOperatorManifest(text, manifest);
  if (findings.length > 0) throw new FoglineError("FL3303", `${manifest} cannot be used`, { findings });
  return objects;
};

const fetched = async (url: string): Promise<string> => {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return await answer.text();
  } catch (thrown) {
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? `: ${thrown.cause.message}` : "";
    throw new FoglineError("FL3303", `${url} cannot be fetched: ${textOf(thrown)}${cause}`, {
      remedy: "Save the file into the repository and name it: `pulumi config set --path operator.manifest <file>`.",
      cause: thrown,
    });
  }
};
