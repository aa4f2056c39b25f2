import { describe, expect, it } from "vitest";
import { readImagesLock } from "./images-lock.ts";

const hash = (letter: string) => `sha256:${letter.repeat(64)}`;
const good = `images:
  registry.acme.example/fogline/gateway:0.1.0:
    digest: ${hash("a")}
    platforms:
      linux/arm64:
        digest: ${hash("b")}
        layers:
          - { digest: ${hash("c")}, bytes: 1000 }
          - { digest: ${hash("d")}, bytes: 0 }
`;

const codesOf = (text: string) => readImagesLock(text).findings.map(({ code, place }) => `${code}:${place?.line}`);

describe("clusters/images.lock.yaml", () => {
  it("gives layers by reference and architecture, frozen", () => {
    const { lock, findings } = readImagesLock(good);
    expect(findings).toEqual([]);
    expect(lock?.["registry.acme.example/fogline/gateway:0.1.0"]).toEqual({
      digest: hash("a"),
      platforms: {
        arm64: {
          digest: hash("b"),
          layers: [
            { digest: hash("c"), bytes: 1000 },
            { digest: hash("d"), bytes: 0 },
          ],
        },
      },
    });
    expect(Object.isFrozen(lock)).toBe(true);
  });

  it("may list nothing", () => {
    expect(readImagesLock("images: {}\n")).toEqual({ lock: {}, findings: [] });
  });

  it.each([
    ["no YAML", "images: [", ["FL3280:1"]],
    ["an empty file", "", ["FL3281:1"]],
    ["a list", "- a\n", ["FL3281:1"]],
    ["an unknown field", `${good}other: 1\n`, ["FL3281:1"]],
    ["a missing digest", good.replace(`    digest: ${hash("a")}\n`, ""), ["FL3281:3"]],
    ["a digest of another length", good.replace(hash("b"), "sha256:bb"), ["FL3282:6"]],
    ["a digest in capitals", good.replace(hash("a"), hash("A")), ["FL3282:3"]],
    ["a reference without a tag", good.replace("gateway:0.1.0", "gateway"), ["FL3283:3"]],
    ["a reference without a host", good.replace("registry.acme.example/fogline/gateway:0.1.0", "gateway:0.1.0"), ["FL3283:3"]],
    ["a platform that no device has", good.replace("linux/arm64", "linux/s390x"), ["FL3283:6"]],
    ["a size below nothing", good.replace("1000", "-1"), ["FL3284:8"]],
    ["a size with a fraction", good.replace("1000", "0.5"), ["FL3284:8"]],
    ["a size that is text", good.replace("1000", "1kB"), ["FL3281:8"]],
    ["two faults", good.replace("1000", "-1").replace(hash("b"), "x"), ["FL3282:6", "FL3284:8"]],
  ])("refuses %s", (_what, text, expected) => {
    expect(codesOf(text)).toEqual(expected);
    expect(readImagesLock(text).lock).toBeUndefined();
  });

  it("refuses what is too large and what expands without end, and does not throw", () => {
    expect(codesOf("#".repeat(20_000_001))).toEqual(["FL3280:1"]);
    expect(codesOf("images: &a {}\nmore: *a\n")).toEqual(["FL3280:1"]);
    expect(codesOf("[".repeat(100_000))).toEqual(["FL3280:1"]);
  });
});
