import { readFileSync } from "node:fs";
import type { Finding } from "@fogline/findings";
import type { Exception } from "@fogline/fleet";
import { describe, expect, it } from "vitest";
import { checkTree, sarifLog } from "../index.ts";
import { contextOf, readBaseTree } from "../testing/trees.ts";

interface Log {
  readonly version: string;
  readonly $schema: string;
  readonly runs: readonly {
    readonly tool: {
      readonly driver: {
        readonly name: string;
        readonly semanticVersion: string;
        readonly rules: readonly { id: string; helpUri?: string; shortDescription: { text: string } }[];
      };
    };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly locations?: readonly {
        readonly physicalLocation?: {
          readonly artifactLocation: { readonly uri: string; readonly uriBaseId: string };
          readonly region?: { readonly startLine: number };
        };
        readonly logicalLocations?: readonly { readonly fullyQualifiedName: string }[];
      }[];
      readonly suppressions?: readonly { readonly kind: string; readonly status: string; readonly justification: string }[];
      readonly partialFingerprints: Readonly<Record<string, string>>;
    }[];
  }[];
}

const base = readBaseTree(readFileSync(new URL("../../fixtures/trees/base/edge.yaml", import.meta.url), "utf8"));
const deployment = "Deployment fogline/camera";
const container = "/spec/template/spec/containers/0";
const found = checkTree(
  contextOf(base, {
    change: { [deployment]: { [`${container}/image`]: "ghcr.io/acme/camera:latest", "/spec/template/spec/priorityClassName": null } },
  }),
);
const elsewhere: Finding = { code: "FL1030", severity: "info", message: "there is no site x", place: { file: "clusters/fleet d.yaml" } };
const exception: Exception = {
  code: "FL2107",
  reason: "It has none by design.",
  until: "2026-12-31",
  place: { file: "clusters/fleet.yaml", line: 3 },
};
const log = (documentationBase?: string): Log =>
  sarifLog([...found, elsewhere], [{ finding: { ...elsewhere, code: "FL2107" }, exception }], {
    version: "0.1.0",
    ...(documentationBase === undefined ? {} : { documentationBase }),
  }) as unknown as Log;

describe("a SARIF log", () => {
  const { runs, version, $schema } = log();
  const [run] = runs;
  const results = run?.results ?? [];

  it("says which version of the format it is, and what made it", () => {
    expect([version, $schema.endsWith("/sarif-schema-2.1.0.json"), runs.length]).toEqual(["2.1.0", true, 1]);
    expect(run?.tool.driver).toMatchObject({ name: "fogline", semanticVersion: "0.1.0" });
  });

  it("has a rule for every code, once, and every result points to its own", () => {
    const rules = run?.tool.driver.rules ?? [];
    expect(rules.map(({ id }) => id)).toEqual(["FL1030", "FL2102", "FL2107", "FL2110"]);
    for (const { ruleId, ruleIndex } of results) expect(rules[ruleIndex]?.id).toBe(ruleId);
    for (const { shortDescription } of rules) expect(shortDescription.text).not.toBe("");
  });

  it("has the level, the line of the fleet file and the object of each finding", () => {
    expect(results.map(({ ruleId, level }) => `${ruleId} ${level}`)).toEqual(["FL2102 error", "FL2110 warning", "FL1030 note", "FL2107 note"]);
    const [location] = results[0]?.locations ?? [];
    expect(location?.physicalLocation).toMatchObject({
      artifactLocation: { uri: "clusters/fleet.yaml", uriBaseId: "%SRCROOT%" },
      region: { startLine: found[0]?.place?.line },
    });
    expect(location?.logicalLocations?.[0]?.fullyQualifiedName).toBe(`edge/${deployment}`);
  });

  it("writes places as the format wants them: addresses are encoded, and there is no region without a line", () => {
    expect(results[2]?.locations?.[0]?.physicalLocation).toEqual({ artifactLocation: { uri: "clusters/fleet%20d.yaml", uriBaseId: "%SRCROOT%" } });
  });

  it("has what is excepted as a suppressed result with its reason, and nothing else suppressed", () => {
    expect(results.map(({ suppressions }) => suppressions?.[0]?.justification)).toEqual([
      undefined,
      undefined,
      undefined,
      "It has none by design. (until 2026-12-31)",
    ]);
  });

  it("knows a finding again when only its line has moved", () => {
    const fingerprint = (finding: Finding): unknown =>
      (sarifLog([finding], [], { version: "0.1.0" }) as unknown as Log).runs[0]?.results[0]?.partialFingerprints;
    const [first] = found;
    if (first === undefined) throw new Error("nothing was found");
    expect(fingerprint({ ...first, place: { file: "clusters/fleet.yaml", line: 99 } })).toEqual(fingerprint(first));
    expect(fingerprint({ ...first, object: "Deployment fogline/other" })).not.toEqual(fingerprint(first));
  });

  it("links each rule to its page where it is told where the pages are", () => {
    expect(run?.tool.driver.rules.some(({ helpUri }) => helpUri !== undefined)).toBe(false);
    expect(log("https://example.org/fogline/").runs[0]?.tool.driver.rules.map(({ helpUri }) => helpUri)).toEqual([
      "https://example.org/fogline/docs/errors.md#fl1030",
      "https://example.org/fogline/docs/policies.md#fl2102",
      "https://example.org/fogline/docs/policies.md#fl2107",
      "https://example.org/fogline/docs/policies.md#fl2110",
    ]);
  });
});
