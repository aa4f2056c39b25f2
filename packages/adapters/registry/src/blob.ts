import { createHash } from "node:crypto";

/** What a manifest says of some bytes, https://github.com/opencontainers/image-spec/blob/main/descriptor.md */
export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Bytes with their name. */
export interface Blob {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** A manifest of an artifact. */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: typeof manifestType;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Something with a digest, ready to be uploaded. */
export interface Artifact {
  /** Digest of the manifest, and with it of everything. */
  readonly digest: string;
  readonly manifest: Buffer;
  /** The manifests that the manifest names, as that of an image for every architecture does. */
  readonly parts?: readonly Buffer[];
  /** What all those manifests name. */
  readonly blobs: readonly Blob[];
}

export const manifestType = "application/vnd.oci.image.manifest.v1+json";
/** Of several manifests under one digest, such as an image's for every architecture. */
export const indexType = "application/vnd.oci.image.index.v1+json";
/** Everything that a manifest can be; many registries still have images as docker wrote them. */
export const manifestTypes: readonly string[] = [
  manifestType,
  indexType,
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
export const imageConfigType = "application/vnd.oci.image.config.v1+json";

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

export const blobOf = (mediaType: string, bytes: Buffer, annotations?: Readonly<Record<string, string>>): Blob => ({
  descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length, ...(annotations === undefined ? {} : { annotations }) },
  bytes,
});

/** JSON as bytes, in the order in which the fields stand. */
export const jsonBytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** What a manifest says that it is; one of an artifact or image where it does not say. */
export const mediaTypeOf = (manifest: Uint8Array): string => {
  const { mediaType } = JSON.parse(Buffer.from(manifest).toString("utf8")) as { mediaType?: string };
  return mediaType ?? manifestType;
};
