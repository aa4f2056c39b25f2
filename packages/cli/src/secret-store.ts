import { type Code, codes, type Finding, FoglineError, nearest } from "@fogline/findings";
import { type EncryptedSecret, type Recipients, readRecipients, recipientsFile } from "@fogline/fleet";
import { type CheckedSecrets, checkSecrets, placeOfSecret, secretsFolder } from "@fogline/gitops";
import { Worktree } from "@fogline/worktree";
import type { Context } from "./context.ts";
import { loadFleet } from "./render.ts";

/** The encrypted secrets of a repository, as they are on disk. */
export interface SecretStore {
  readonly worktree: Worktree;
  readonly clusters: readonly { readonly name: string; readonly local: boolean }[];
  /** All files of clusters/secrets by path. */
  readonly files: ReadonlyMap<string, string>;
  readonly checked: CheckedSecrets;
}

/** Reads fleet and secrets. Throws the findings of a fleet that cannot be read. */
export const openSecretStore = async ({ repository }: Pick<Context, "repository">): Promise<SecretStore> => {
  const worktree = await Worktree.open(repository);
  const { fleet, findings } = await loadFleet(worktree);
  if (fleet === undefined) refuseFor(findings, "the fleet has errors, so nothing was done");
  const clusters = (fleet?.clusters ?? []).map(({ name, local }) => ({ name, local }));
  const files = await worktree.files(secretsFolder);
  return {
    worktree,
    clusters,
    files,
    checked: checkSecrets(
      clusters.map(({ name }) => name),
      files,
    ),
  };
};

/** Throws findings, if there are any, under the code of the first error. */
export const refuseFor = (findings: readonly Finding[], message: string): void => {
  const first = findings.find(({ severity }) => severity === "error");
  if (first !== undefined) throw new FoglineError(first.code as Code, message, { remedy: codes[first.code as Code].remedy, findings });
};

/** Throws FL3200 unless the fleet has the cluster. */
export const refuseUnknownCluster = ({ clusters }: SecretStore, name: string): void => {
  if (clusters.some((cluster) => cluster.name === name)) return;
  const names = clusters.map((cluster) => cluster.name);
  const near = nearest(name, names);
  throw new FoglineError("FL3200", `the fleet has no cluster ${name}`, { remedy: `Write ${near ?? names.join(" or ")}.` });
};

/** The inventory's recipients. Throws its findings when it cannot be read. */
export const recipientsOf = ({ clusters, files }: SecretStore): Recipients => {
  const text = files.get(recipientsFile);
  const names = clusters.map(({ name }) => name);
  const { recipients, findings } = readRecipients(text === undefined ? undefined : { path: recipientsFile, text }, names);
  refuseFor(findings, `${recipientsFile} has errors, so nothing was done`);
  return recipients ?? { operators: [], clusters: {} };
};

/** Whom a cluster's secrets are encrypted for: itself first, then every operator. Throws FL3203 when either is missing. */
export const readersOf = (store: SecretStore, cluster: string): readonly string[] => {
  const { operators, clusters } = recipientsOf(store);
  const own = clusters[cluster];
  const remedy = `Run \`fogline cluster init ${cluster}\`.`;
  if (own === undefined) throw new FoglineError("FL3203", `${recipientsFile} names no key of cluster ${cluster}`, { remedy });
  if (operators.length === 0)
    throw new FoglineError("FL3203", `${recipientsFile} names no operator, and what only a cluster reads is lost with it`, { remedy });
  return [own, ...operators];
};

/** The secrets whose form is right, of one cluster or of all, sorted by path. */
export const secretsOf = ({ checked }: SecretStore, cluster?: string): readonly (EncryptedSecret & { readonly cluster: string })[] =>
  [...checked.secrets.values()]
    .map((secret) => ({ ...secret, cluster: placeOfSecret(secret.file)?.cluster ?? "" }))
    .filter((secret) => cluster === undefined || secret.cluster === cluster)
    .toSorted((a, b) => (a.file < b.file ? -1 : 1));
