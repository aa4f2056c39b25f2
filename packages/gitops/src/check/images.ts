import type { ImagesLock, LockedImage } from "@fogline/fleet";

/** An image reference in its parts. */
export interface ImageReference {
  /** Registry and repository. */
  readonly name: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** The parts of `registry:5000/name:tag@sha256:...`. A colon before the last slash belongs to the registry's port. */
export const imageReference = (image: string): ImageReference => {
  const [named = "", digest] = image.split("@", 2);
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  return {
    name: colon === -1 ? named : named.slice(0, colon),
    ...(colon === -1 ? {} : { tag: named.slice(colon + 1) }),
    ...(digest === undefined ? {} : { digest }),
  };
};

/** What the release wrote down of an image; the digest in a reference is left aside, since releases are looked up by tag. */
export const lockedImage = (image: string, images: ImagesLock | undefined): LockedImage | undefined => {
  const reference = image.split("@", 1)[0] ?? image;
  return images !== undefined && Object.hasOwn(images, reference) ? images[reference] : undefined;
};
