/** Where encrypted secrets and the list of their recipients are. Flux does not read this folder: render copies a cluster's files into its tree. */
export const secretsFolder = "clusters/secrets";

const place = /^clusters\/secrets\/([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\/([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)\.sops\.yaml$/;

/** The file of a cluster's secret, from the repository's root. */
export const secretPath = (cluster: string, name: string): string => `${secretsFolder}/${cluster}/${name}.sops.yaml`;

/** The cluster and the name that a path stands for; `undefined` when no secret can stand there. */
export const placeOfSecret = (path: string): { readonly cluster: string; readonly name: string } | undefined => {
  const [, cluster, name] = place.exec(path) ?? [];
  return cluster === undefined || name === undefined ? undefined : { cluster, name };
};

/** A cluster's encrypted files out of all of the folder, by the name of the file alone, byte for byte: what its tree gets a copy of. */
export const secretFilesOf = (cluster: string, files: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map(
    [...files]
      .filter(([path]) => placeOfSecret(path)?.cluster === cluster)
      .map(([path, text]) => [path.slice(path.lastIndexOf("/") + 1), text] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
