import type { Architecture, ImagesLock, LockedImage } from "@fogline/fleet";
import { describe, expect, it } from "vitest";
import { workload } from "../testing/tree.ts";
import type { Node } from "./nodes.ts";
import { lockedImage, type PullInput, pullOf } from "./pulls.ts";

const digest = (name: string) => `sha256:${name.padEnd(64, "0")}`;
/** An image with layers by name and size, the same for every architecture that is named. */
const image = (layers: Readonly<Record<string, number>>, architectures: readonly Architecture[] = ["arm64"]): LockedImage => ({
  digest: digest(Object.keys(layers).join("")),
  platforms: Object.fromEntries(
    architectures.map((one) => [
      one,
      {
        digest: digest(`${Object.keys(layers).join("")}${one}`),
        layers: Object.entries(layers).map(([name, bytes]) => ({ digest: digest(`${name}${one}`), bytes })),
      },
    ]),
  ),
});
const lock: ImagesLock = {
  "r/web:1": image({ base: 100, web1: 10 }),
  "r/web:2": image({ base: 100, web2: 20 }),
  "r/other:1": image({ base: 100, other: 7 }),
  "r/both:1": image({ both: 50 }, ["amd64", "arm64"]),
};
const node = (name: string, architecture: Architecture | undefined = "arm64", deviceClass: Node["deviceClass"] = "raspberry-pi"): Node => ({
  name,
  labels: {},
  taints: [],
  ...(architecture === undefined ? {} : { architecture }),
  deviceClass,
});
const pis = [node("pi-1"), node("pi-2"), node("pi-3")];
const daemon = (name: string, reference: string) => ({ object: workload("DaemonSet", name, { image: reference }), pods: 3 });
const deployment = (name: string, reference: string, pods: number) => ({ object: workload("Deployment", name, { image: reference }), pods });
const input = (rest: Partial<PullInput>): PullInput => ({
  oldImages: new Set(),
  oldLock: lock,
  newLock: lock,
  owners: [],
  nodes: pis,
  addedNodes: new Set(),
  ...rest,
});

describe("bytes to pull", () => {
  it("are none for an image that the cluster runs already", () => {
    expect(pullOf(input({ owners: [daemon("web", "r/web:1")], oldImages: new Set(["r/web:1"]) }))).toMatchObject({
      bytes: 0,
      images: [],
      unknown: [],
    });
  });

  it("leave out layers that another image of the cluster has brought", () => {
    const pull = pullOf(input({ owners: [daemon("web", "r/web:2")], oldImages: new Set(["r/web:1"]) }));
    expect(pull).toMatchObject({ bytes: 3 * 20, deviceBytesMax: 20, atMost: false, byDeviceClass: { "raspberry-pi": 60 } });
    expect(pull.images).toEqual([{ image: "r/web:2", devices: 3, bytes: 20 }]);
  });

  it("count a layer that two new images share once on each device", () => {
    expect(pullOf(input({ owners: [daemon("web", "r/web:2"), daemon("other", "r/other:1")] })).bytes).toBe(3 * (100 + 20 + 7));
  });

  it("are those of as many devices as there are pods, at most, when it is not known which", () => {
    expect(pullOf(input({ owners: [deployment("web", "r/web:2", 2)] }))).toMatchObject({ bytes: 2 * 120, atMost: true, deviceBytesMax: 120 });
    expect(pullOf(input({ owners: [deployment("web", "r/web:2", 3)] }))).toMatchObject({ bytes: 3 * 120, atMost: true });
    expect(pullOf(input({ nodes: pis.slice(0, 1), owners: [deployment("web", "r/web:2", 1)] }))).toMatchObject({ bytes: 120, atMost: false });
    expect(pullOf(input({ owners: [deployment("web", "r/web:2", 0)] }))).toMatchObject({ bytes: 0, images: [] });
  });

  it("leave out what every device pulls anyway for another workload", () => {
    expect(pullOf(input({ owners: [daemon("other", "r/other:1"), deployment("web", "r/web:2", 1)] })).bytes).toBe(3 * 107 + 20);
  });

  it("are by the architecture of the device", () => {
    const mixed = [node("pi-1"), node("server", "amd64", "server")];
    const pull = pullOf(input({ nodes: mixed, owners: [daemon("both", "r/both:1")] }));
    expect(pull.byDeviceClass).toEqual({ "raspberry-pi": 50, server: 50 });
    expect(pullOf(input({ nodes: mixed, owners: [daemon("web", "r/web:2")] }))).toMatchObject({
      bytes: 120,
      unknown: ["r/web:2"],
      images: [{ unknown: "clusters/images.lock.yaml has none for linux/amd64" }],
    });
  });

  it("are unknown and not nothing for an image that is in no lock, or a device that has not said what it is", () => {
    expect(pullOf(input({ owners: [daemon("web", "r/web:9")] }))).toMatchObject({
      bytes: 0,
      unknown: ["r/web:9"],
      images: [{ image: "r/web:9", devices: 3, unknown: "not in clusters/images.lock.yaml" }],
    });
    const { images } = pullOf(
      input({ nodes: [{ name: "box", labels: {}, taints: [], deviceClass: "detected" }], owners: [daemon("web", "r/web:2")] }),
    );
    expect(images).toMatchObject([{ unknown: "the architecture of box is not known before its agent reports" }]);
  });

  it("are everything for a device that is new", () => {
    const pull = pullOf(input({ owners: [daemon("web", "r/web:1")], oldImages: new Set(["r/web:1"]), addedNodes: new Set(["pi-3"]) }));
    expect(pull).toMatchObject({ bytes: 110, images: [{ image: "r/web:1", devices: 1, bytes: 110 }] });
  });

  it("may be less than said when an image that runs is in no lock", () => {
    expect(pullOf(input({ owners: [daemon("web", "r/web:2")], oldImages: new Set(["r/web:0"]) }))).toMatchObject({ bytes: 360, atMost: true });
  });
});

describe("an image of the lock", () => {
  it("is found by its tag, by tag and digest, and by the digest of one platform", () => {
    const one = lock["r/both:1"];
    expect(lockedImage(lock, "r/both:1")).toBe(one);
    expect(lockedImage(lock, `r/both:1@${one?.digest}`)).toBe(one);
    expect(lockedImage(lock, `mirror/both@${one?.platforms.amd64?.digest}`)).toBe(one);
  });

  it("is not another one under the same tag", () => {
    expect(lockedImage(lock, `r/both:1@${digest("f")}`)).toBeUndefined();
    expect(lockedImage(lock, "r/both:2")).toBeUndefined();
    expect(lockedImage(lock, "constructor")).toBeUndefined();
  });
});
