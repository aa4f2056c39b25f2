import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelValue, standardLabels } from "./labels.ts";

describe("a version as a label", () => {
  it.each([
    ["1.2.0", "1.2.0"],
    ["1.2.0+build.7", "1.2.0-build.7"],
    ["1.2.", "1.2"],
    ["_nightly-", "nightly"],
    [`${"a".repeat(62)}--b`, "a".repeat(62)],
    ["---", ""],
  ])("%s is %s", (version, label) => {
    expect(labelValue(version)).toBe(label);
    expect(standardLabels("display", version)["app.kubernetes.io/version"]).toBe(label);
  });

  it("is a label that Kubernetes takes, whatever the version, and stays what it is when it is made one again", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 130 }), (version) => {
        const label = labelValue(version);
        expect(label).toMatch(/^(|[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)$/);
        expect(labelValue(label)).toBe(label);
      }),
    );
  });
});
