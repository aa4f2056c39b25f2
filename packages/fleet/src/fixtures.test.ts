import { readdirSync, readFileSync } from "node:fs";
import { codes, type Finding } from "@fogline/findings";
import { describe, expect, it } from "vitest";
import { checkFleet, type FleetFile, fleetRules, parseFleet, readFleetDocument } from "./index.ts";

const folder = (kind: string): URL => new URL(`../fixtures/${kind}/`, import.meta.url);

interface Fixture {
  readonly name: string;
  readonly files: readonly FleetFile[];
  readonly code: string | undefined;
  /** The marked line, as `file:line`. */
  readonly at: string | undefined;
}

/** Splits a fixture at its `# file:` lines; the line marked `# <- here` is where the finding must point. */
const readFixture = (kind: string, name: string): Fixture => {
  const text = readFileSync(new URL(name, folder(kind)), "utf8");
  const [main = "", ...others] = text.split(/^(?=# file: )/m);
  const files = [
    { path: "clusters/fleet.yaml", text: main },
    ...others.map((part) => ({ path: /^# file: (\S+)/.exec(part)?.[1] ?? "", text: part })),
  ];
  const marked = files.flatMap((file) =>
    file.text.split("\n").flatMap((line, index) => (line.includes("# <- here") ? [`${file.path}:${index + 1}`] : [])),
  );
  return { name, files, code: /^# expect: (FL\d{4})\n/.exec(text)?.[1], at: marked[0] };
};

const all = (kind: string): Fixture[] => readdirSync(folder(kind)).map((name) => readFixture(kind, name));
const invalid = all("invalid").map((fixture) => ({ ...fixture, document: readFleetDocument(fixture.files) }));
const fleetCodes = Object.keys(codes).filter((code) => code.startsWith("FL1"));
const brief = (findings: readonly Finding[]) => findings.map(({ code, place }) => ({ code, at: `${place?.file}:${place?.line}` }));

describe("an invalid fixture", () => {
  it.each(invalid)("$name has its one finding at the marked line", ({ files, code, at }) => {
    const { fleet, findings } = parseFleet(files);
    expect(brief(findings)).toEqual([{ code, at }]);
    const [finding] = findings;
    expect(finding?.message).not.toBe("");
    expect(finding?.remedy ?? "").not.toBe("");
    expect(finding?.place?.column).toBeGreaterThan(0);
    expect(fleet === undefined).toBe(finding?.severity === "error");
  });
});

describe("a valid fixture", () => {
  it.each(all("valid"))("$name has no finding", ({ files }) => {
    const { fleet, findings } = parseFleet(files);
    expect(findings).toEqual([]);
    expect(fleet).toBeDefined();
  });
});

describe("the codes of the fleet file", () => {
  it("have one rule each", () => {
    expect(fleetRules.map(({ code }) => code).toSorted()).toEqual(fleetCodes.toSorted());
  });

  it.each(fleetCodes)("%s has from one to three fixtures", (code) => {
    const count = invalid.filter((fixture) => fixture.code === code).length;
    expect(count).toBeGreaterThanOrEqual(1);
    expect(count).toBeLessThanOrEqual(3);
  });

  it.each(fleetCodes)("%s is missed in exactly its fixtures when its rule is disabled", (disabled) => {
    const rules = fleetRules.filter(({ code }) => code !== disabled);
    const failing = invalid.filter(({ document, code }) => !checkFleet(document, rules).some((finding) => finding.code === code));
    expect(failing.map(({ name }) => name)).toEqual(invalid.filter(({ code }) => code === disabled).map(({ name }) => name));
  });
});
