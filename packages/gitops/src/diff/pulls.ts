import type { Architecture, ImageLayer, ImagesLock, LockedImage } from "@fogline/fleet";
import type { KubernetesObject } from "@fogline/manifests";
import { mayRun, type Node } from "./nodes.ts";
import { imagesOf, podSpecOf } from "./pod-owner.ts";

/** One image that devices pull. */
export interface ImagePull {
  readonly image: string;
  /** Devices that pull it, at most. */
  readonly devices: number;
  /** What one of them gets of it that it does not have, at most; absent when it is unknown, and then `unknown` says why. */
  readonly bytes?: number;
  readonly unknown?: string;
}

/** What the devices of a cluster pull. */
export interface Pull {
  /** In sum, as far as sizes are known. */
  readonly bytes: number;
  /** What the device that pulls most of all pulls. */
  readonly deviceBytesMax: number;
  /** True when less may be pulled: which devices the scheduler chooses is not known, or what they have already. */
  readonly atMost: boolean;
  readonly byDeviceClass: Readonly<Record<string, number>>;
  readonly images: readonly ImagePull[];
  /** Images whose size is not known. */
  readonly unknown: readonly string[];
}

/** A workload of the new tree with the pods it runs. */
export interface PodOwner {
  readonly object: KubernetesObject;
  readonly pods: number;
}

export interface PullInput {
  /** The images that the cluster runs before the change; their layers count as present on every device that is there already. */
  readonly oldImages: ReadonlySet<string>;
  readonly oldLock: ImagesLock;
  readonly newLock: ImagesLock;
  readonly owners: readonly PodOwner[];
  readonly nodes: readonly Node[];
  /** Names of devices that the change adds: they have nothing yet. */
  readonly addedNodes: ReadonlySet<string>;
}

/** The entry of a lock for an image as a tree writes it: by tag, else by digest. */
export const lockedImage = (lock: ImagesLock, image: string): LockedImage | undefined => {
  const [reference = "", digest] = image.split("@");
  if (Object.hasOwn(lock, reference)) {
    const entry = lock[reference];
    if (digest === undefined || entry?.digest === digest) return entry;
  }
  if (digest === undefined) return undefined;
  return Object.values(lock).find((entry) => entry.digest === digest || Object.values(entry.platforms).some((one) => one.digest === digest));
};

/**
 * Bytes that a change makes the devices of a cluster pull. A workload whose pods fill every device it may run on pulls on each of them; another
 * pulls on as many devices as it has pods, and since it is not known which, that is the most it can be.
 */
export const pullOf = (input: PullInput): Pull => {
  const scheduled = input.owners.map((owner) => scheduleOf(owner, input)).filter(({ images }) => images.length > 0);
  const layers = new LayerBook(input);
  const certain = new Map(
    input.nodes.map((node) => [node.name, new Set(scheduled.flatMap((one) => (one.everywhere ? imagesOn(one, node, input) : [])))]),
  );
  const byDeviceClass: Record<string, number> = {};
  const add = (node: Node, bytes: number): void => {
    byDeviceClass[node.deviceClass] = (byDeviceClass[node.deviceClass] ?? 0) + bytes;
  };
  let deviceBytesMax = 0;
  for (const node of input.nodes) {
    const bytes = layers.missingBytes([...(certain.get(node.name) ?? [])], node, []);
    if (bytes > 0) add(node, bytes);
    const possible = scheduled.filter((one) => !one.everywhere && one.candidates.includes(node)).flatMap((one) => one.images);
    deviceBytesMax = Math.max(deviceBytesMax, layers.missingBytes([...(certain.get(node.name) ?? []), ...possible], node, []));
  }
  for (const { images, candidates, pods } of scheduled.filter((one) => !one.everywhere && one.candidates.length > 0)) {
    const sizes = candidates.map((node) => ({ node, bytes: layers.missingBytes(images, node, [...(certain.get(node.name) ?? [])]) }));
    for (const { node, bytes } of sizes.toSorted((a, b) => b.bytes - a.bytes).slice(0, pods)) if (bytes > 0) add(node, bytes);
  }
  const images = imagePulls(scheduled, layers, input);
  return {
    bytes: Object.values(byDeviceClass).reduce((sum, bytes) => sum + bytes, 0),
    deviceBytesMax,
    atMost: scheduled.some((one) => !one.onePerDevice && one.candidates.length > 1) || layers.oldIsIncomplete,
    byDeviceClass,
    images,
    unknown: images.filter(({ bytes }) => bytes === undefined).map(({ image }) => image),
  };
};

interface Scheduled {
  /** Images that devices may have to pull. */
  readonly images: readonly string[];
  readonly candidates: readonly Node[];
  readonly pods: number;
  /** Whether there are enough pods for every candidate. */
  readonly everywhere: boolean;
  /** Whether they run on every candidate for certain: two pods of a Deployment may meet on one device. */
  readonly onePerDevice: boolean;
}

const scheduleOf = ({ object, pods }: PodOwner, { nodes, oldImages, addedNodes }: PullInput): Scheduled => {
  const spec = podSpecOf(object) ?? {};
  const candidates = nodes.filter((node) => mayRun(spec, node));
  const onePerDevice = object.kind === "DaemonSet";
  const everywhere = onePerDevice || pods >= candidates.length;
  const joined = everywhere && candidates.some(({ name }) => addedNodes.has(name));
  return {
    images: imagesOf(object).filter((image) => joined || !oldImages.has(image)),
    candidates: pods === 0 ? [] : candidates,
    pods,
    everywhere,
    onePerDevice,
  };
};

const imagesOn = ({ images, candidates }: Scheduled, node: Node, { oldImages, addedNodes }: PullInput): readonly string[] =>
  candidates.includes(node) ? images.filter((image) => addedNodes.has(node.name) || !oldImages.has(image)) : [];

const imagePulls = (scheduled: readonly Scheduled[], layers: LayerBook, input: PullInput): ImagePull[] => {
  const names = [...new Set(scheduled.flatMap(({ images, candidates }) => (candidates.length > 0 ? images : [])))].toSorted();
  return names.map((image) => {
    const users = scheduled.filter((one) => one.images.includes(image));
    const nodes = new Set(users.flatMap((one) => one.candidates.filter((node) => !one.everywhere || imagesOn(one, node, input).includes(image))));
    const pods = users.reduce((sum, one) => sum + (one.everywhere ? one.candidates.length : one.pods), 0);
    const unknown = [...nodes].map((node) => layers.whyUnknown(image, node)).find((reason) => reason !== undefined);
    const devices = Math.min(nodes.size, pods);
    if (unknown !== undefined) return { image, devices, unknown };
    return { image, devices, bytes: Math.max(0, ...[...nodes].map((node) => layers.missingBytes([image], node, []))) };
  });
};

/** The layers of images by architecture, and which of them devices have. */
class LayerBook {
  readonly #input: PullInput;
  readonly #present = new Map<Architecture, ReadonlySet<string>>();
  /** True when an image that the cluster runs is in no lock, so that devices may have more than is known. */
  readonly oldIsIncomplete: boolean;

  constructor(input: PullInput) {
    this.#input = input;
    this.oldIsIncomplete = [...input.oldImages].some(
      (image) => (lockedImage(input.oldLock, image) ?? lockedImage(input.newLock, image)) === undefined,
    );
  }

  /** Bytes of the layers of images that a device has neither yet nor from other images that it pulls. */
  missingBytes(images: readonly string[], node: Node, others: readonly string[]): number {
    const { architecture } = node;
    if (architecture === undefined) return 0;
    const seen = new Set(this.#input.addedNodes.has(node.name) ? [] : this.#presentFor(architecture));
    for (const layer of others.flatMap((image) => this.#layersOf(image, architecture) ?? [])) seen.add(layer.digest);
    let bytes = 0;
    for (const layer of images.flatMap((image) => this.#layersOf(image, architecture) ?? [])) {
      if (seen.has(layer.digest)) continue;
      seen.add(layer.digest);
      bytes += layer.bytes;
    }
    return bytes;
  }

  whyUnknown(image: string, { architecture, name }: Node): string | undefined {
    if (lockedImage(this.#input.newLock, image) === undefined) return "not in clusters/images.lock.yaml";
    if (architecture === undefined) return `the architecture of ${name} is not known before its agent reports`;
    return this.#layersOf(image, architecture) === undefined ? `clusters/images.lock.yaml has none for linux/${architecture}` : undefined;
  }

  #layersOf(image: string, architecture: Architecture): readonly ImageLayer[] | undefined {
    return lockedImage(this.#input.newLock, image)?.platforms[architecture]?.layers;
  }

  #presentFor(architecture: Architecture): ReadonlySet<string> {
    let present = this.#present.get(architecture);
    if (present === undefined) {
      const { oldImages, oldLock, newLock } = this.#input;
      const locked = [...oldImages].map((image) => lockedImage(oldLock, image) ?? lockedImage(newLock, image));
      present = new Set(locked.flatMap((one) => one?.platforms[architecture]?.layers ?? []).map(({ digest }) => digest));
      this.#present.set(architecture, present);
    }
    return present;
  }
}
