import { describe, expect, it } from "vitest";
import { comesFrom, imagePath } from "./image.ts";

describe("the path of an image", () => {
  it.each([
    ["nginx", "docker.io/library/nginx"],
    ["nginx:1.29", "docker.io/library/nginx"],
    ["acme/api:2", "docker.io/acme/api"],
    ["ghcr.io/acme/api:2", "ghcr.io/acme/api"],
    ["localhost/api", "localhost/api"],
    ["localhost:5000/api:2", "localhost:5000/api"],
    ["registry:5000/api", "registry:5000/api"],
    ["ghcr.io/acme/api@sha256:0123", "ghcr.io/acme/api"],
    ["ghcr.io/acme/api:2@sha256:0123", "ghcr.io/acme/api"],
  ])("of %s is %s", (image, path) => {
    expect(imagePath(image)).toBe(path);
  });
});

describe("where an image comes from", () => {
  it("is matched by whole parts of the path", () => {
    expect(comesFrom("ghcr.io/acme/api:2", "ghcr.io")).toBe(true);
    expect(comesFrom("ghcr.io/acme/api:2", "ghcr.io/acme")).toBe(true);
    expect(comesFrom("ghcr.io/acme/api:2", "ghcr.io/acme//")).toBe(true);
    expect(comesFrom("ghcr.io/acme/api:2", "ghcr.io/acme/api")).toBe(true);
    expect(comesFrom("ghcr.io/acme-evil/api:2", "ghcr.io/acme")).toBe(false);
    expect(comesFrom("ghcr.io.evil.example/acme/api", "ghcr.io")).toBe(false);
    expect(comesFrom("evil.example/ghcr.io/acme", "ghcr.io")).toBe(false);
    expect(comesFrom("nginx", "docker.io/library")).toBe(true);
    expect(comesFrom("nginx", "")).toBe(false);
    expect(comesFrom("nginx", "/")).toBe(false);
  });
});
