import { describe, expect, it } from "vitest";
import type { ImagesLock } from "./images.ts";
import { readImagesLock } from "./images-lock.ts";
import { imagesLockText } from "./images-lock-text.ts";

const hash = (letter: string) => `sha256:${letter.repeat(64)}`;
const layers = [
  { digest: hash("d"), bytes: 42_000_000 },
  { digest: hash("c"), bytes: 0 },
];
const lock: ImagesLock = {
  "registry.acme.example/fogline/gateway:0.2.0": {
    digest: hash("a"),
    platforms: { arm64: { digest: hash("b"), layers }, amd64: { digest: hash("e"), layers: [] } },
  },
  "registry.acme.example:5000/fogline/agent:0.2.0": { digest: hash("f"), platforms: {} },
};

describe("the text of clusters/images.lock.yaml", () => {
  it("is read back as what was written, layers in their order", () => {
    expect(readImagesLock(imagesLockText(lock))).toEqual({ lock, findings: [] });
    expect(readImagesLock(imagesLockText({}))).toEqual({ lock: {}, findings: [] });
  });

  it("does not depend on the order in which images and platforms come", () => {
    const entries = Object.entries(lock).toReversed();
    const turned = entries.map(([name, { digest, platforms }]) => [
      name,
      { digest, platforms: Object.fromEntries(Object.entries(platforms).toReversed()) },
    ]);
    expect(imagesLockText(Object.fromEntries(turned))).toBe(imagesLockText(lock));
  });
});
