import { describe, expect, it } from "vitest";
import { packageWithVersion } from "./package-version.ts";

const manifest = (spec: string, table = "dependencies"): string =>
  `{\n\t"name": "fleet",\n\t"scripts": { "fogline": "fogline" },\n\t"${table}": { "a": "${spec}", "fogline":  "${spec}" }\n}`;

describe("the version of Fogline in a package.json", () => {
  it.each(["0.1.0", "^0.1.0", "~0.1.9", "0.2.0-rc.1+b.1"])("is raised from %s, and nothing else changes", (spec) => {
    const text = manifest(spec);
    expect(packageWithVersion(text, "0.2.0")).toEqual({
      kind: "changed",
      from: spec,
      text: text.replace(`"fogline":  "${spec}"`, '"fogline":  "0.2.0"'),
    });
  });

  it("is found among the tools as well", () => {
    expect(packageWithVersion(manifest("0.1.0", "devDependencies"), "0.2.0")).toMatchObject({ kind: "changed" });
  });

  it.each(["file:../fogline.tgz", "latest", "github:acme/fogline"])("is left when it is %s", (spec) => {
    expect(packageWithVersion(manifest(spec), "0.2.0")).toEqual({ kind: "left", spec });
  });

  it("is not touched where it is this one, or none", () => {
    expect(packageWithVersion(manifest("0.2.0"), "0.2.0")).toEqual({ kind: "same" });
    expect(packageWithVersion('{ "dependencies": { "a": "1.0.0" } }', "0.2.0")).toEqual({ kind: "same" });
    expect(packageWithVersion("[]", "0.2.0")).toEqual({ kind: "same" });
  });

  it("is never lowered", () => {
    for (const newer of ["0.2.1", "0.10.0", "1.0.0", "^3.0.0"]) {
      expect(packageWithVersion(manifest(newer), "0.2.0")).toMatchObject({
        kind: "refused",
        finding: { code: "FL3270", value: newer, place: { line: 4 } },
      });
    }
  });

  it("cannot be found in what is no JSON", () => {
    expect(packageWithVersion("{", "0.2.0")).toMatchObject({ kind: "refused", finding: { code: "FL3271", place: { file: "package.json" } } });
  });
});
