import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkTree } from "../../index.ts";
import { contextOf, readBaseTree } from "../../testing/trees.ts";

const base = readBaseTree(readFileSync(new URL("../../../fixtures/trees/base/edge.yaml", import.meta.url), "utf8"));
const privileged = { privileged: true, readOnlyRootFilesystem: true };
const plugin = "ghcr.io/squat/generic-device-plugin:0.2.0@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
const codesOf = (object: string, image: string): string[] =>
  checkTree(
    contextOf(base, {
      change: {
        "Namespace fogline": { "/metadata/labels": {} },
        [object]: {
          "/spec/template/spec/containers/0/image": image,
          "/spec/template/spec/containers/0/securityContext": privileged,
          "/spec/template/spec/securityContext": { seccompProfile: { type: "RuntimeDefault" } },
        },
      },
    }),
  ).map(({ code }) => code);

describe("a program that hands out devices", () => {
  it("is let off what it needs, as a DaemonSet", () => {
    expect(codesOf("DaemonSet fogline/agent", plugin)).toEqual([]);
  });

  it("is not let off as anything else, and nothing else is let off", () => {
    const all = ["FL2201", "FL2202", "FL2208"];
    expect(codesOf("Deployment fogline/camera", plugin)).toEqual(all);
    expect(codesOf("DaemonSet fogline/agent", `${plugin.replace("generic", "other")}`)).toEqual(all);
  });

  it("is let off from nothing beyond that", () => {
    expect(codesOf("DaemonSet fogline/agent", plugin.replace("ghcr.io/squat/generic-device-plugin", "nvcr.io/nvidia/k8s-device-plugin"))).toEqual([
      "FL2201",
      "FL2208",
    ]);
  });
});
