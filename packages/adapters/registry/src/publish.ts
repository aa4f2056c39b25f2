import { FoglineError } from "@fogline/findings";
import { type Artifact, blobOf, type Descriptor, digestOf, imageConfigType, jsonBytes, type Manifest, manifestType } from "./blob.ts";
import { noteReferrer } from "./referrers.ts";
import type { Repository } from "./repository.ts";
import { isSigned, type SigningKey, signatureTag, signDigest } from "./signature.ts";

export interface PublishOptions {
  /** What the artifact shall be called, in this order. */
  readonly tags: readonly string[];
  /** Signs the digest; without it nothing is signed. */
  readonly key?: SigningKey;
  /** Asks what there is, and changes nothing. */
  readonly dryRun?: boolean;
}

/** What publishing came to, or with `dryRun` would. */
export interface Published {
  /** Zero where all of it was there. */
  readonly uploadedBytes: number;
  readonly signature: "added" | "there" | "none";
  /** The digest that each tag had before; absent where the tag is new. */
  readonly tags: readonly { readonly tag: string; readonly before?: string }[];
}

/** More signatures than keys that a fleet ever has at a time; of more, the oldest go. */
const signaturesMax = 8;

/** The signatures' configuration is that of an image without layers; cosign reads none of it. */
const signatureConfig = blobOf(imageConfigType, jsonBytes({ architecture: "", os: "", config: {}, rootfs: { type: "layers", diff_ids: [] } }));

/**
 * Brings an artifact into a repository: content, then signature, then tags. Whoever follows a tag thus never finds something that is not whole or not
 * signed. What is there already is not sent again.
 */
export const publish = async (
  repository: Repository,
  { digest, manifest, parts = [], blobs }: Artifact,
  { tags, key, dryRun = false }: PublishOptions,
): Promise<Published> => {
  const there = (await repository.manifest(digest)) !== undefined;
  let uploadedBytes = there ? 0 : [manifest, ...parts].reduce((sum, { length }) => sum + length, 0);
  if (dryRun && !there) uploadedBytes += blobs.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  if (!dryRun && !there) {
    for (const blob of blobs) if (await repository.putBlob(blob)) uploadedBytes += blob.descriptor.size;
    for (const part of parts) await repository.putManifest(digestOf(part), part);
    const listed = await repository.putManifest(digest, manifest);
    if (!listed) await noteReferrer(repository, manifest);
  }
  const signature = key === undefined ? "none" : await signed(repository, digest, key, dryRun);
  const moved: Published["tags"][number][] = [];
  for (const tag of tags) {
    const present = await repository.manifest(tag);
    const before = present === undefined ? undefined : digestOf(present);
    if (before !== digest && !dryRun) await repository.putManifest(tag, manifest);
    moved.push({ tag, ...(before === undefined ? {} : { before }) });
  }
  return { uploadedBytes, signature, tags: moved };
};

/** Adds this key's signature to those that the digest has, unless it is among them. */
const signed = async (repository: Repository, digest: string, key: SigningKey, dryRun: boolean): Promise<"added" | "there"> => {
  const tag = signatureTag(digest);
  const present = signaturesIn(await repository.manifest(tag), repository.reference);
  if (isSigned(repository.reference, digest, key.publicKey, present)) return "there";
  if (dryRun) return "added";
  const own = signDigest(repository.reference, digest, key.privateKey);
  for (const blob of [signatureConfig, own]) await repository.putBlob(blob);
  const layers = [...present, own.descriptor].slice(-signaturesMax);
  const manifest: Manifest = { schemaVersion: 2, mediaType: manifestType, config: signatureConfig.descriptor, layers };
  await repository.putManifest(tag, jsonBytes(manifest));
  return "added";
};

const signaturesIn = (manifest: Buffer | undefined, reference: string): readonly Descriptor[] => {
  if (manifest === undefined) return [];
  try {
    const { layers } = JSON.parse(manifest.toString("utf8")) as Partial<Manifest>;
    if (Array.isArray(layers)) return layers;
  } catch {
    // Said below.
  }
  throw new FoglineError("FL3295", `what ${reference} has as signatures is no manifest`);
};
