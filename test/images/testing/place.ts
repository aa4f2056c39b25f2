import { chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newSigningKey } from "@fogline/registry";
import { type LaidImage, readLayout } from "../../../images/layout.ts";
import { pushImage } from "../../../images/push.ts";
import { type Architecture, type ImageName, layoutFolder } from "../../../images/sources.ts";
import { startRegistry } from "../../cluster/testing/registry.ts";
import { type Docker, startDocker } from "./docker.ts";

/** The images that were built last, in a registry, and a docker that may pull them. */
export interface Place {
  readonly docker: Docker;
  readonly images: ReadonlyMap<ImageName, LaidImage>;
  /** An image by its digest, as the trees name it, or that of one architecture. */
  reference(name: ImageName, architecture?: Architecture): string;
  /** A folder that stands for a claim, or for a path of a node: it belongs to the user of the images. */
  folder(name: string): string;
  stop(): Promise<void>;
}

/** `nonroot` of the images, to which a claim belongs in a cluster by its fsGroup. */
const userId = 65_532;

export const startPlace = async (): Promise<Place> => {
  const root = mkdtempSync(join(tmpdir(), "fogline-images-"));
  const images = new Map(readLayout(layoutFolder).map((image) => [image.name, image]));
  const registry = await startRegistry(root);
  const credentials = registry.allow("publisher", "fogline/", ["pull", "push"]);
  const key = newSigningKey();
  for (const image of images.values()) await pushImage(image, { layout: layoutFolder, registry: registry.host, credentials, key });
  const docker = await startDocker();
  docker.login(registry.host, registry.allow("device", "fogline/", ["pull"]));
  const reference: Place["reference"] = (name, architecture) => {
    const image = images.get(name);
    const digest = architecture === undefined ? image?.index.digest : image?.platforms[architecture].manifest.digest;
    return `${registry.host}/fogline/${name}@${digest}`;
  };
  for (const name of images.keys()) await docker.output("pull", "--quiet", reference(name));
  return {
    docker,
    images,
    reference,
    folder: (name) => {
      const path = join(root, "folders", name);
      mkdirSync(path, { recursive: true });
      chownSync(path, userId, userId);
      return path;
    },
    stop: async () => {
      await docker.stop();
      await registry.stop();
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};
