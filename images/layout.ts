/** A folder of images as https://github.com/opencontainers/image-spec/blob/main/image-layout.md has it: what is built goes in, what is released comes out. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Blob, blobOf, type Descriptor, indexType, jsonBytes, manifestType } from "@fogline/registry";
import { type Architecture, architectures, type ImageName, imageNames, type Source } from "./sources.ts";

/** An image of one architecture. */
export interface PlatformImage {
  readonly manifest: Descriptor;
  readonly config: Descriptor;
  /** Compressed, as a registry has them; the base's first. */
  readonly layers: readonly Descriptor[];
}

/** What is said of an image, in a manifest whose subject it is. */
export interface Attachment {
  readonly kind: "sbom" | "provenance";
  readonly subject: Descriptor;
  readonly manifest: Descriptor;
  readonly blobs: readonly Descriptor[];
}

/** An image of every architecture. */
export interface LaidImage {
  readonly name: ImageName;
  readonly version: string;
  readonly index: Descriptor;
  readonly platforms: Readonly<Record<Architecture, PlatformImage>>;
  readonly attachments: readonly Attachment[];
}

interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

interface Index {
  readonly manifests: readonly (Descriptor & { readonly platform?: { readonly architecture: string }; readonly artifactType?: string })[];
}

const referenceAnnotation = "org.opencontainers.image.ref.name";
export const artifactTypes = { sbom: "application/vnd.cyclonedx+json", provenance: "application/vnd.in-toto+json" } as const;

const pathOf = (layout: string, digest: string): string => join(layout, "blobs", ...digest.split(":"));

/** The bytes of a blob. */
export const readBlob = (layout: string, { digest }: Descriptor): Buffer => readFileSync(pathOf(layout, digest));

const readJson = <Value>(layout: string, descriptor: Descriptor): Value => JSON.parse(readBlob(layout, descriptor).toString("utf8")) as Value;

/** Without annotations and platform, which belong to the place that names it. */
const bare = ({ mediaType, digest, size }: Descriptor): Descriptor => ({ mediaType, digest, size });

/** Empties a layout, or makes it. */
export const startLayout = (layout: string): void => {
  rmSync(layout, { recursive: true, force: true });
  mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
  writeFileSync(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  writeFileSync(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: [] }));
};

const writeBlob = (layout: string, { descriptor, bytes }: Blob): Descriptor => {
  writeFileSync(pathOf(layout, descriptor.digest), bytes);
  return descriptor;
};

const indexOf = (layout: string): Index => JSON.parse(readFileSync(join(layout, "index.json"), "utf8")) as Index;

const addToIndex = (layout: string, ...added: Index["manifests"]): void => {
  const { manifests } = indexOf(layout);
  writeFileSync(
    join(layout, "index.json"),
    `${JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: [...manifests, ...added] }, null, 2)}\n`,
  );
};

/** The image that an engine put into a layout of its own under a reference. */
export const readPlatform = (layout: string, reference: string): PlatformImage => {
  const found = indexOf(layout).manifests.find(({ annotations }) => annotations?.[referenceAnnotation] === reference);
  if (found === undefined) throw new Error(`the engine wrote no image ${reference}`);
  const { config, layers } = readJson<Manifest>(layout, found);
  return { manifest: bare(found), config: bare(config), layers: layers.map(bare) };
};

/** Takes the images of all architectures over from the engine's layout, under one index. */
export const layImage = (
  from: string,
  layout: string,
  { name, platforms, source }: { readonly name: ImageName; readonly platforms: LaidImage["platforms"]; readonly source: Source },
): LaidImage => {
  for (const { manifest, config, layers } of Object.values(platforms)) {
    for (const { digest } of [manifest, config, ...layers])
      if (!existsSync(pathOf(layout, digest))) copyFileSync(pathOf(from, digest), pathOf(layout, digest));
  }
  const manifests = architectures.map((architecture) => ({ ...platforms[architecture].manifest, platform: { architecture, os: "linux" } }));
  const annotations = {
    "org.opencontainers.image.created": source.created,
    "org.opencontainers.image.revision": source.revision,
    "org.opencontainers.image.version": source.version,
  };
  const index = writeBlob(layout, blobOf(indexType, jsonBytes({ schemaVersion: 2, mediaType: indexType, manifests, annotations })));
  addToIndex(layout, { ...index, annotations: { [referenceAnnotation]: `fogline/${name}:${source.version}` } });
  return { name, version: source.version, index, platforms, attachments: [] };
};

/** The configuration of what is no image, https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidance-for-an-empty-descriptor */
const empty = blobOf("application/vnd.oci.empty.v1+json", Buffer.from("{}"));

/** Says something of an image: a manifest whose subject it is, as registries list by `referrers`. */
export const attach = (layout: string, kind: Attachment["kind"], subject: Descriptor, text: string): Attachment => {
  const artifactType = artifactTypes[kind];
  const blobs = [writeBlob(layout, empty), writeBlob(layout, blobOf(artifactType, Buffer.from(text)))];
  const [config, layer] = blobs;
  const made = { schemaVersion: 2, mediaType: manifestType, artifactType, config, layers: [layer], subject: bare(subject) };
  const manifest = writeBlob(layout, blobOf(manifestType, jsonBytes(made)));
  addToIndex(layout, { ...manifest, artifactType });
  return { kind, subject: bare(subject), manifest, blobs };
};

/** Every image of a layout with what is attached to it. Throws where one is not there. */
export const readLayout = (layout: string): LaidImage[] => {
  if (!existsSync(join(layout, "index.json"))) throw new Error(`${layout} has no images. fix: npm run images`);
  const { manifests } = indexOf(layout);
  const attachments = manifests.flatMap((descriptor): Attachment[] => {
    const kind = Object.entries(artifactTypes).find(([, type]) => type === descriptor.artifactType)?.[0] as Attachment["kind"] | undefined;
    if (kind === undefined) return [];
    const { config, layers, subject } = readJson<Manifest & { subject: Descriptor }>(layout, descriptor);
    return [{ kind, subject, manifest: bare(descriptor), blobs: [config, ...layers] }];
  });
  return manifests.flatMap((descriptor): LaidImage[] => {
    const [, name, version] = /^fogline\/([a-z]+):(.+)$/.exec(descriptor.annotations?.[referenceAnnotation] ?? "") ?? [];
    const known = imageNames.find((one) => one === name);
    if (known === undefined || version === undefined) return [];
    const platforms = Object.fromEntries(
      readJson<Index>(layout, descriptor).manifests.map((manifest) => {
        const { config, layers } = readJson<Manifest>(layout, manifest);
        return [manifest.platform?.architecture, { manifest: bare(manifest), config, layers }];
      }),
    ) as LaidImage["platforms"];
    const own = new Set([descriptor.digest, ...Object.values(platforms).map(({ manifest }) => manifest.digest)]);
    return [{ name: known, version, index: bare(descriptor), platforms, attachments: attachments.filter(({ subject }) => own.has(subject.digest)) }];
  });
};
