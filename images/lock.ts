import { type ImagesLock, imagesLockText, readImagesLock } from "@fogline/fleet";
import type { LaidImage, PlatformImage } from "./layout.ts";
import { repositoryOf } from "./push.ts";

const platformOf = ({ manifest, layers }: PlatformImage) => ({
  digest: manifest.digest,
  layers: layers.map(({ digest, size }) => ({ digest, bytes: size })),
});

/** What the lock says of images in a registry. */
export const lockedImages = (images: readonly LaidImage[], registry: string): ImagesLock =>
  Object.fromEntries(
    images.map(({ name, version, index, platforms }) => [
      `${repositoryOf(registry, name)}:${version}`,
      { digest: index.digest, platforms: { amd64: platformOf(platforms.amd64), arm64: platformOf(platforms.arm64) } },
    ]),
  );

/** The text of the lock with images added; what it says of others stays. Throws where the lock that is there cannot be read. */
export const lockWith = (added: ImagesLock, present: string | undefined): string => {
  const { lock = {}, findings } = present === undefined ? { findings: [] } : readImagesLock(present);
  const [broken] = findings;
  if (broken !== undefined) throw new Error(`${broken.place?.file}:${broken.place?.line}: ${broken.code} ${broken.message}. fix: ${broken.remedy}`);
  return imagesLockText({ ...lock, ...added });
};
