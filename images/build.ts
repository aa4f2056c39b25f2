/** Builds every image, each for every architecture, into one OCI layout. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/root.ts";
import { type Base, layBase } from "./base.ts";
import { openBuildah } from "./buildah.ts";
import { layWorkload } from "./bundle.ts";
import { attach, type LaidImage, layImage, type PlatformImage, readPlatform, startLayout } from "./layout.ts";
import { builderIn, provenanceOf } from "./provenance.ts";
import { sbomOf } from "./sbom.ts";
import { type Architecture, architectures, type ImageName, imageNames, layoutFolder, type Source, sourceOfHead, workFolder } from "./sources.ts";

export interface BuildOptions {
  /** Which images; all of them unless said otherwise. */
  readonly names?: readonly ImageName[];
  /** A base from elsewhere, such as gcr.io/distroless/nodejs24-debian13:nonroot, instead of the one that is made here. */
  readonly base?: string;
  /** Where the images go; what is there is replaced. */
  readonly layout?: string;
  /** Where the engine keeps what it built before. */
  readonly engineFolder?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly say: (text: string) => void;
}

/** What each architecture has its own of. */
const each = <Value>(make: (architecture: Architecture) => Value): Readonly<Record<Architecture, Value>> => ({
  amd64: make("amd64"),
  arm64: make("arm64"),
});

/** Builds what is checked out. The same commit gives the same digests, on every machine with the same version of the engine. */
export const buildImages = async (options: BuildOptions): Promise<{ readonly source: Source; readonly images: readonly LaidImage[] }> => {
  const { names = imageNames, base: givenBase, layout = layoutFolder, engineFolder = join(workFolder, "buildah"), environment, say } = options;
  const source = sourceOfHead();
  const engine = openBuildah(engineFolder);
  const builder = builderIn(environment, engine.version);
  const ownBase = (architecture: Architecture): string => `localhost/fogline/base-${architecture}`;
  let bases: Readonly<Record<Architecture, Base>> | undefined;
  if (givenBase === undefined) {
    say("base: Node and the libraries of Debian that it needs");
    bases = each(layBase);
    const containerfile = join(root, "images/base/Containerfile");
    for (const architecture of architectures)
      engine.build({ containerfile, context: bases[architecture].folder, architecture, name: ownBase(architecture), args: {} });
  }
  // The engine compresses a layer once and finds it here the next time.
  const exported = join(engineFolder, "exported");
  rmSync(join(exported, "index.json"), { force: true });
  startLayout(layout);
  const images: LaidImage[] = [];
  for (const name of names) {
    say(`${name}: linux/${architectures.join(", linux/")}`);
    const bundle = await layWorkload(name);
    const platforms = each((architecture): PlatformImage => {
      const tag = `localhost/fogline/${name}-${architecture}`;
      const args = { BASE: givenBase ?? ownBase(architecture), VERSION: source.version, REVISION: source.revision, CREATED: source.created };
      engine.build({ containerfile: join(root, "workloads", name, "Containerfile"), context: bundle.folder, architecture, name: tag, args });
      engine.export(tag, exported, `${name}-${architecture}`);
      return readPlatform(exported, `${name}-${architecture}`);
    });
    const image = layImage(exported, layout, { name, platforms, source });
    const sboms = architectures.map((architecture) => {
      const { manifest } = platforms[architecture];
      const base = bases?.[architecture];
      const text = sbomOf({
        name,
        architecture,
        source,
        digest: manifest.digest,
        packages: bundle.packages,
        ...(base === undefined ? {} : { base }),
      });
      return attach(layout, "sbom", manifest, text);
    });
    const provenance = provenanceOf({
      image,
      source,
      builder,
      ...(givenBase === undefined ? {} : { givenBase }),
      ...(bases === undefined ? {} : { bases }),
    });
    images.push({ ...image, attachments: [...sboms, attach(layout, "provenance", image.index, provenance)] });
  }
  return { source, images };
};
