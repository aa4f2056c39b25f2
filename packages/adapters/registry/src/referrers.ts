import { FoglineError } from "@fogline/findings";
import { type Descriptor, digestOf, indexType, jsonBytes, type Manifest, mediaTypeOf } from "./blob.ts";
import type { Repository } from "./repository.ts";

/** More than a release says of one image by far. */
const referrersMax = 100;

/** The tag under which what refers to a digest is listed where the registry does not list it by itself. */
export const referrersTag = (digest: string): string => digest.replace(":", "-");

interface Referring {
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly config?: Descriptor;
  readonly annotations?: Manifest["annotations"];
}

/**
 * Adds a manifest to the list of those that refer to its subject, as clients have to where a registry does not,
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema. Does nothing for a manifest without a subject.
 */
export const noteReferrer = async (repository: Repository, manifest: Buffer): Promise<void> => {
  const { subject, artifactType, config, annotations } = JSON.parse(manifest.toString("utf8")) as Referring;
  if (subject === undefined) return;
  const tag = referrersTag(subject.digest);
  const listed = referrersIn(await repository.manifest(tag), repository.reference);
  const digest = digestOf(manifest);
  if (listed.some((one) => one.digest === digest)) return;
  const descriptor = {
    mediaType: mediaTypeOf(manifest),
    digest,
    size: manifest.length,
    artifactType: artifactType ?? config?.mediaType,
    annotations,
  };
  const manifests = [...listed, descriptor].slice(-referrersMax);
  await repository.putManifest(tag, jsonBytes({ schemaVersion: 2, mediaType: indexType, manifests }));
};

const referrersIn = (index: Buffer | undefined, reference: string): readonly Descriptor[] => {
  if (index === undefined) return [];
  try {
    const { manifests } = JSON.parse(index.toString("utf8")) as { manifests?: unknown };
    if (Array.isArray(manifests)) return manifests as readonly Descriptor[];
  } catch {
    // Said below.
  }
  throw new FoglineError("FL3295", `what ${reference} has as referrers is no index`);
};
