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

export const manifestType = "application/vnd.oci.image.manifest.v1+json";

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

export const blobOf = (mediaType: string, bytes: Buffer, annotations?: Readonly<Record<string, string>>): Blob => ({
  descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length, ...(annotations === undefined ? {} : { annotations }) },
  bytes,
});

/** JSON as bytes, in the order in which the fields stand. */
export const jsonBytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
