import { stringify } from "yaml";
import type { Architecture } from "../hardware.ts";
import type { ImagesLock } from "./images.ts";

const header = "# What each image stood for when it was released. Written by the release; `fogline render` puts the digests into the trees.\n";

const platformsOf = (platforms: ImagesLock[string]["platforms"]) =>
  Object.fromEntries(
    (Object.keys(platforms) as Architecture[]).sort().map((architecture) => {
      const { digest = "", layers = [] } = platforms[architecture] ?? {};
      return [`linux/${architecture}`, { digest, layers }];
    }),
  );

/** The text of `clusters/images.lock.yaml`, which `readImagesLock` reads back: images and platforms sorted, layers in their order. */
export const imagesLockText = (lock: ImagesLock): string => {
  const names = Object.keys(lock).sort();
  const images = Object.fromEntries(names.map((name) => [name, { digest: lock[name]?.digest, platforms: platformsOf(lock[name]?.platforms ?? {}) }]));
  return header + stringify({ images }, { lineWidth: 0, flowCollectionPadding: true });
};
