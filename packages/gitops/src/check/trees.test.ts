import { readdirSync, readFileSync } from "node:fs";
import { codes, type Finding } from "@fogline/findings";
import { describe, expect, it } from "vitest";
import { checkTree, treeRules } from "../index.ts";
import { contextOf, readBadTree, readBaseTree } from "../testing/trees.ts";

const folder = new URL("../../fixtures/trees/", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, folder), "utf8");
const names = (kind: string): string[] => readdirSync(new URL(`${kind}/`, folder)).map((file) => file.replace(/\.yaml$/, ""));

const bases = new Map(names("base").map((name) => [name, readBaseTree(read(`base/${name}.yaml`))]));
const baseOf = (name: string) => {
  const base = bases.get(name);
  if (base === undefined) throw new Error(`there is no base tree ${name}`);
  return base;
};
const bad = names("bad").map((name) => {
  const fixture = readBadTree(read(`bad/${name}.yaml`));
  return { ...fixture, name, base: baseOf(fixture.base), context: contextOf(baseOf(fixture.base), fixture) };
});
const brief = (findings: readonly Finding[]) => findings.map(({ code, message }) => `${code} ${message}`);

describe("a good tree", () => {
  it.each([...bases.keys()])("of the %s has no finding", (name) => {
    expect(brief(checkTree(contextOf(baseOf(name))))).toEqual([]);
  });

  it.each(bad.filter(({ repaired }) => repaired !== undefined))("$name has no finding once it is repaired", ({ base, repaired }) => {
    expect(brief(checkTree(contextOf(base, repaired)))).toEqual([]);
  });
});

describe("a bad tree", () => {
  it.each(bad)("$name is refused with its code alone", ({ context, code, name, says }) => {
    const findings = checkTree(context);
    expect(
      findings.map((finding) => finding.code),
      brief(findings).join("\n"),
    ).toEqual([code]);
    const [finding] = findings;
    expect(finding).toMatchObject({ cluster: context.cluster.name, place: { file: "clusters/fleet.yaml", line: expect.any(Number) } });
    expect(finding?.objectFile).toMatch(/^clusters\/[a-z]+\/.+\.yaml$/);
    expect(finding?.remedy ?? "").not.toBe("");
    expect(name.startsWith(`${code}-`)).toBe(true);
    expect(says).toMatch(/\.$/);
  });
});

describe("the rules of a tree", () => {
  // FL229x are about exceptions from the rules.
  const ofRules = Object.keys(codes).filter((code) => /^FL(2[12]|31)\d\d$/.test(code) && !code.startsWith("FL229"));

  it("have one code each, and every code of theirs has a rule", () => {
    const own = treeRules.map(({ code }) => code);
    expect(new Set(own).size).toBe(own.length);
    expect(own.filter((code) => !code.startsWith("FL30")).toSorted()).toEqual(ofRules.toSorted());
  });

  it.each(treeRules.map(({ code }) => code))("%s is missed in exactly its fixtures when it is disabled", (disabled) => {
    const rules = treeRules.filter(({ code }) => code !== disabled);
    const silent = bad.filter(({ context }) => checkTree(context, rules).length === 0).map(({ name }) => name);
    expect(silent).toEqual(bad.filter(({ code }) => code === disabled).map(({ name }) => name));
    expect(silent.length).toBeGreaterThan(0);
  });
});
