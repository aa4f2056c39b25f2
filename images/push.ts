/** Brings what was built into a registry: each image with what is attached to it, signed, and then its tag. */
import {
  type Artifact,
  type Blob,
  type Credentials,
  type Descriptor,
  openRepository,
  type Published,
  publish,
  type SigningKey,
} from "@fogline/registry";
import { type LaidImage, readBlob } from "./layout.ts";

export interface PushOptions {
  readonly layout: string;
  /** Where images go: a host, and a path where it has one, such as `ghcr.io/acme`. */
  readonly registry: string;
  readonly credentials?: Credentials;
  /** Signs every digest; without it nothing is signed. */
  readonly key?: SigningKey;
  /** Asks what is there, and changes nothing. */
  readonly dryRun?: boolean;
}

/** What pushing an image came to, or with `dryRun` would. */
export interface PushedImage {
  /** With its tag, as manifests name it. */
  readonly reference: string;
  readonly digest: string;
  readonly uploadedBytes: number;
  readonly signature: Published["signature"];
  /** What the tag stood for before; absent where it is new. */
  readonly before?: string;
}

/** The name of an image in a registry, without tag. */
export const repositoryOf = (registry: string, name: string): string => `${registry.replace(/\/+$/, "")}/fogline/${name}`;

/** Bytes are read when they are sent: all images together would not fit into a small machine. */
const blobIn = (layout: string, descriptor: Descriptor): Blob => ({
  descriptor,
  get bytes() {
    return readBlob(layout, descriptor);
  },
});

/** An image as it is uploaded. */
export const artifactOf = (layout: string, image: LaidImage): Artifact => {
  const platforms = Object.values(image.platforms);
  return {
    digest: image.index.digest,
    manifest: readBlob(layout, image.index),
    parts: platforms.map(({ manifest }) => readBlob(layout, manifest)),
    blobs: platforms.flatMap(({ config, layers }) => [...layers, config]).map((descriptor) => blobIn(layout, descriptor)),
  };
};

/**
 * Pushes an image: content, what is said of it, signatures, and at last the tag of its version, so that whoever finds the tag finds all of it. What is
 * there already is not sent again.
 */
export const pushImage = async (image: LaidImage, { layout, registry, credentials, key, dryRun = false }: PushOptions): Promise<PushedImage> => {
  const reference = repositoryOf(registry, image.name);
  const [host = "", ...path] = reference.split("/");
  const repository = openRepository({ registry: host, name: path.join("/"), ...(credentials === undefined ? {} : { credentials }) });
  const options = { tags: [], dryRun, ...(key === undefined ? {} : { key }) };
  const artifact = artifactOf(layout, image);
  const content = await publish(repository, artifact, options);
  let uploadedBytes = content.uploadedBytes;
  for (const { manifest, blobs } of image.attachments) {
    const said = { digest: manifest.digest, manifest: readBlob(layout, manifest), blobs: blobs.map((descriptor) => blobIn(layout, descriptor)) };
    uploadedBytes += (await publish(repository, said, options)).uploadedBytes;
  }
  const tagged = await publish(repository, artifact, { ...options, tags: [image.version] });
  const before = tagged.tags[0]?.before;
  return {
    ...{ reference: `${reference}:${image.version}`, digest: image.index.digest, signature: content.signature },
    uploadedBytes,
    ...(before === undefined ? {} : { before }),
  };
};
