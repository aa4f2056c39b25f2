/** What an image of others stands for now, as the registry says that has it. */

import type { LockedImage } from "@fogline/fleet";
import { type Credentials, type Descriptor, digestOf, openRepository } from "@fogline/registry";
import { type Architecture, architectures } from "./sources.ts";

/** Where Docker Hub answers; its name in references is another. */
const hosts: Readonly<Record<string, string>> = { "docker.io": "registry-1.docker.io" };

interface Index {
  readonly manifests?: readonly (Descriptor & { readonly platform?: { readonly architecture?: string; readonly os?: string } })[];
}

/** A reference with host and tag; `undefined` for any other, and for one that has its digest. */
export const splitReference = (reference: string): { readonly host: string; readonly name: string; readonly tag: string } | undefined => {
  const [, host, name, tag] = /^([a-z0-9.-]+(?::\d+)?)\/([a-z0-9._/-]+):([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$/.exec(reference) ?? [];
  return host === undefined || name === undefined || tag === undefined ? undefined : { host, name, tag };
};

/** Asks the registry of an image for its digest, and for the layers of every architecture that a fleet can have. Throws where there is none. */
export const resolveImage = async (reference: string, loginFor: (host: string) => Credentials | undefined): Promise<LockedImage> => {
  const parts = splitReference(reference);
  if (parts === undefined) throw new Error(`${reference} has no host or no tag`);
  const { host, name, tag } = parts;
  const credentials = loginFor(host);
  const repository = openRepository({ registry: hosts[host] ?? host, name, ...(credentials === undefined ? {} : { credentials }) });
  const bytes = await repository.manifest(tag);
  if (bytes === undefined) throw new Error(`${host} does not have ${name}:${tag}`);
  const { manifests } = JSON.parse(bytes.toString("utf8")) as Index;
  if (manifests === undefined) throw new Error(`${reference} is an image of one machine type that does not say which`);
  const platforms: { -readonly [Key in Architecture]?: NonNullable<LockedImage["platforms"][Key]> } = {};
  for (const architecture of architectures) {
    const found = manifests.find(({ platform }) => platform?.os === "linux" && platform.architecture === architecture);
    const manifest = found === undefined ? undefined : await repository.manifest(found.digest);
    if (found === undefined || manifest === undefined) continue;
    const { layers } = JSON.parse(manifest.toString("utf8")) as { readonly layers: readonly Descriptor[] };
    platforms[architecture] = { digest: found.digest, layers: layers.map(({ digest, size }) => ({ digest, bytes: size })) };
  }
  return { digest: digestOf(bytes), platforms };
};
