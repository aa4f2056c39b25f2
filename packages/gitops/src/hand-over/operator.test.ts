import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fluxOperatorManifestUrl, fluxOperatorVersion, readOperatorManifest } from "./operator.ts";

const definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: fluxinstances.fluxcd.controlplane.io }\n";
const said = (text: string) => readOperatorManifest(text, "install.yaml").findings.map(({ code, message }) => `${code} ${message}`);

describe("the manifest of the Flux Operator", () => {
  it("is that of the release that this repository is tested with", () => {
    const modules = readFileSync(new URL("../../../../tools/flux-operator/go.mod", import.meta.url), "utf8");
    expect(modules).toContain(`github.com/controlplaneio-fluxcd/flux-operator v${fluxOperatorVersion} `);
    expect(fluxOperatorManifestUrl).toContain(`/v${fluxOperatorVersion}/`);
  });

  it("is read as its objects, empty documents left out", () => {
    const { objects, findings } = readOperatorManifest(
      `---\n${definition}---\n---\napiVersion: v1\nkind: Namespace\nmetadata: { name: flux-system }\n`,
      "install.yaml",
    );
    expect(findings).toEqual([]);
    expect(objects.map(({ kind }) => kind)).toEqual(["CustomResourceDefinition", "Namespace"]);
  });

  it.each([
    ["a page of a web server", "<html>: [", ["FL3303 not YAML: "]],
    ["a list", `${definition}---\n- one\n`, ["FL3303 1 of 2 documents are no Kubernetes objects"]],
    ["another program's manifest", "apiVersion: v1\nkind: Namespace\nmetadata: { name: other }\n", ["FL3303 it does not define FluxInstance"]],
    ["nothing", "", ["FL3303 it does not define FluxInstance"]],
  ])("is refused when it is %s", (_what, text, expected) => {
    expect(said(text)).toEqual(expected.map((one) => expect.stringContaining(one)));
    expect(readOperatorManifest(text, "install.yaml").objects).toEqual([]);
  });
});
