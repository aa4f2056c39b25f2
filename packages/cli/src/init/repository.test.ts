import { readFileSync } from "node:fs";
import { parseFleet } from "@fogline/fleet";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { newRepositoryFiles } from "./repository.ts";

const made = (name: string) => newRepositoryFiles({ name, domain: `${name}.example`, fogline: "0.1.0", version: "0.1.0" });
const textIn = (name: string, path: string): string => made(name).get(path) ?? "";

describe("the files of a new repository", () => {
  it.each(["acme", "true", "null", "1e3", "0x1f", "no"])("hold a fleet without a finding that is named %s", (name) => {
    const path = "clusters/fleet.yaml";
    const { fleet, findings } = parseFleet([{ path, text: textIn(name, path) }]);
    expect(findings).toEqual([]);
    expect(fleet).toMatchObject({ name, domain: `${name}.example`, clusters: [{ local: true, devices: ["this-machine"] }] });
    expect(parse(textIn(name, "Pulumi.yaml"))).toMatchObject({ name, runtime: { name: "nodejs", options: { typescript: false } } });
  });

  it("show entries in comments that are right as well", () => {
    const path = "clusters/fleet.yaml";
    const text = textIn("acme", path).replaceAll(/^ {2}# (?=[a-z0-9[\]-]+: \{)/gm, "  ");
    const { fleet, findings } = parseFleet([{ path, text }]);
    expect(findings).toEqual([]);
    expect(fleet?.devices.map(({ id }) => id)).toEqual(["this-machine", "pi-1", "pi-2", "pi-3"]);
  });

  it("pin every version, TypeScript to the one that the shipped types were checked with", () => {
    const { dependencies, devDependencies } = JSON.parse(textIn("acme", "package.json")) as Record<string, Record<string, string>>;
    const ours = JSON.parse(readFileSync(new URL("../../../../package.json", import.meta.url), "utf8")) as Record<string, Record<string, string>>;
    expect(dependencies).toEqual({ fogline: "0.1.0" });
    expect(devDependencies).toEqual({ typescript: ours.devDependencies?.typescript });
  });

  it("have workflows that run what package.json offers, with no more rights than reading", () => {
    const { scripts } = JSON.parse(textIn("acme", "package.json")) as { scripts: Record<string, string> };
    for (const path of [".github/workflows/check.yml", ".github/workflows/diff.yml"]) {
      const { permissions, jobs } = parse(textIn("acme", path)) as { permissions: object; jobs: Record<string, { steps: { run?: string }[] }> };
      expect(permissions).toEqual({ contents: "read" });
      const runs = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
      expect(runs[0]).toBe("npm ci");
      for (const [, script = ""] of runs.join("\n").matchAll(/npm run (\S+)/g)) expect(Object.keys(scripts)).toContain(script);
    }
  });
});
