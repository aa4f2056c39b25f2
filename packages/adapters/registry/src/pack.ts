import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { packTar } from "modern-tar";
import { type Artifact, blobOf, digestOf, jsonBytes, type Manifest, manifestType } from "./blob.ts";

/** What is packed. */
export interface Content {
  /** Texts by path. */
  readonly files: ReadonlyMap<string, string>;
  /** When it came to be, such as 2026-11-26T06:00:00Z. A fact of the content, never of the packing. */
  readonly created: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** An artifact as Flux takes it, ready to be uploaded. */
export interface PackedArtifact extends Artifact {
  /** What a cluster downloads. */
  readonly downloadBytes: number;
}

/** The media types of `flux push artifact`, https://fluxcd.io/flux/cheatsheets/oci-artifacts */
const configType = "application/vnd.cncf.flux.config.v1+json";
const contentType = "application/vnd.cncf.flux.content.v1.tar+gzip";

/** Nothing of the machine that packs: neither its users nor its clock nor its file modes. */
const sameEverywhere = { mode: 0o644, uid: 0, gid: 0, uname: "", gname: "", mtime: new Date(0), type: "file" } as const;

const compress = promisify(gzip);
/** The byte of a gzip header that says on which system it was made, and the value for one that is not told (RFC 1952). */
const systemByte = 9;
const systemUnknown = 255;

const gzipped = async (bytes: Uint8Array): Promise<Buffer> => {
  const compressed = await compress(bytes, { level: 9 });
  compressed[systemByte] = systemUnknown;
  return compressed;
};

/** Packs texts as an OCI artifact of Flux. The same content gives the same digest, in whatever order it is given. */
export const packArtifact = async ({ files, created, annotations }: Content): Promise<PackedArtifact> => {
  const entries = [...files]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => {
      const body = Buffer.from(text);
      return { header: { ...sameEverywhere, name, size: body.length }, body };
    });
  const tar = await packTar(entries);
  const layer = blobOf(contentType, await gzipped(tar));
  // The form of a container image's configuration, because tools for images look for the digests in it.
  const rootfs = { type: "layers", diff_ids: [digestOf(tar)] };
  const config = blobOf(configType, jsonBytes({ created, architecture: "", os: "", config: {}, rootfs }));
  const sorted = Object.entries(annotations).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const manifest: Manifest = {
    ...{ schemaVersion: 2, mediaType: manifestType, config: config.descriptor, layers: [layer.descriptor] },
    annotations: Object.fromEntries(sorted),
  };
  const bytes = jsonBytes(manifest);
  const blobs = [config, layer];
  return { digest: digestOf(bytes), manifest: bytes, blobs, downloadBytes: bytes.length + layer.bytes.length };
};
