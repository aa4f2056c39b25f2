import type { Architecture } from "../hardware.ts";

/** A layer of an image, as a registry stores and sends it. */
export interface ImageLayer {
  readonly digest: string;
  /** Compressed, as it is pulled. */
  readonly bytes: number;
}

/** One image as `clusters/images.lock.yaml` has it: what a reference stood for when it was released. */
export interface LockedImage {
  /** Digest of the index over all platforms. */
  readonly digest: string;
  /** By architecture; all of Linux. */
  readonly platforms: Readonly<Partial<Record<Architecture, { readonly digest: string; readonly layers: readonly ImageLayer[] }>>>;
}

/** Images by reference with a tag, such as `registry.edge.acme.example/fogline/gateway:0.1.0`. */
export type ImagesLock = Readonly<Record<string, LockedImage>>;
