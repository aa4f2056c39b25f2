import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forbidden, packages } from "./import-rules.ts";
import { inspect, packageCycle, type Violation } from "./imports.ts";
import { root } from "./root.ts";

interface Case {
  readonly file: string;
  readonly imports: string;
  readonly rule: string;
}

/** Imports that break the rules which hold for every package alike. */
const general: Case[] = [
  { file: "packages/rpc/src/circle-a.ts", imports: "./circle-b.ts", rule: "no-cycle" },
  { file: "packages/fleet/src/reads-files.ts", imports: "node:fs", rule: "pure-without-node" },
  { file: "packages/gitops/src/reads-paths.ts", imports: "path", rule: "pure-without-node" },
  { file: "packages/client/src/reads-files.ts", imports: "node:fs", rule: "browser-without-node" },
  { file: "workloads/gateway/src/config.ts", imports: "@fogline/ports", rule: "workload-config-only-domain" },
  { file: "workloads/gateway/src/exits.ts", imports: "node:process", rule: "workload-without-process" },
  { file: "packages/cli/src/deep.ts", imports: "../../fleet/src/private.ts", rule: "only-public-files" },
  { file: "packages/rpc/src/shipped.ts", imports: "vitest", rule: "not-in-production" },
  { file: "packages/fleet/src/sampled.ts", imports: "./samples.ts", rule: "tests-stay-tests" },
  { file: "packages/rpc/src/lost.ts", imports: "./nowhere.ts", rule: "resolves" },
  { file: "workloads/agent/src/store.ts", imports: "@fogline/sqlite", rule: "workload-agent-ours" },
  { file: "workloads/agent/src/neighbour.ts", imports: "@fogline/gateway/config", rule: "workload-agent-ours" },
  { file: "apps/whole.ts", imports: "@fogline/gateway", rule: "apps-ours" },
];

/** What the two packages may not import that stand above or are the one which is forbidden to all others. */
const notFor: Record<string, string> = { cli: "@fogline/sqlite", embedded: "../../cli/src/main.ts" };

/** One import for each rule that the table makes, chosen by hand where the usual one is allowed. */
const fromTable: Case[] = forbidden.flatMap(({ name = "" }): Case[] => {
  const row = packages.find((candidate) => [`${candidate.name}-ours`, `${candidate.name}-main-ours`, `${candidate.name}-npm`].includes(name));
  if (row === undefined) return [];
  const source = row.folder.includes("/") ? `${row.folder}/src` : row.folder;
  if (name.endsWith("-npm")) return [{ file: `${source}/foreign.ts`, imports: "fastify", rule: name }];
  if (name.endsWith("-main-ours")) return [{ file: `${source}/main.ts`, imports: "@fogline/embedded", rule: name }];
  return [{ file: `${source}/upwards.ts`, imports: notFor[row.name] ?? "@fogline/embedded", rule: name }];
});

/** What the table allows, some of it only in these places. */
const allowed: Omit<Case, "rule">[] = [
  { file: "packages/fleet/src/good.ts", imports: "@fogline/units" },
  { file: "packages/fleet/src/shape.ts", imports: "zod" },
  { file: "packages/fleet/src/good.test.ts", imports: "node:fs" },
  { file: "packages/fleet/src/samples.ts", imports: "vitest" },
  { file: "packages/rpc/src/good.test.ts", imports: "@fogline/fakes" },
  { file: "packages/simulation/src/good.ts", imports: "@fogline/agent" },
  { file: "packages/embedded/src/good.ts", imports: "@fogline/sqlite" },
  { file: "workloads/gateway/src/good.ts", imports: "fastify" },
  { file: "workloads/scheduler/src/good.ts", imports: "@fogline/placement" },
  { file: "apps/good.ts", imports: "@fogline/gateway/config" },
  { file: "test/good.test.ts", imports: "@fogline/embedded" },
];

const write = (base: string, file: string, text: string): void => {
  mkdirSync(dirname(join(base, file)), { recursive: true });
  writeFileSync(join(base, file), text);
};

/** A tree with every package of the repository, empty but for `cases`, linked as npm links workspaces. */
const plant = (base: string, cases: readonly Omit<Case, "rule">[]): void => {
  mkdirSync(join(base, "node_modules/@fogline"), { recursive: true });
  for (const { name, folder } of packages) {
    mkdirSync(join(base, folder), { recursive: true });
    cpSync(join(root, folder, "package.json"), join(base, folder, "package.json"));
    write(base, folder.includes("/") ? `${folder}/src/index.ts` : `${folder}/index.ts`, "export const here = 1;\n");
    if (folder.startsWith("workloads/")) write(base, `${folder}/src/config.ts`, "export const config = 1;\n");
    const linked = name === "workload-policy" ? "policy-engine" : name.replace("workload-", "");
    symlinkSync(join(base, folder), join(base, "node_modules/@fogline", linked));
  }
  write(base, "packages/rpc/src/circle-b.ts", 'import "./circle-a.ts";\n');
  write(base, "packages/cli/src/main.ts", "export const here = 1;\n");
  write(base, "packages/fleet/src/private.ts", "export const secret = 1;\n");
  for (const name of ["zod", "fastify", "vitest"]) symlinkSync(join(root, "node_modules", name), join(base, "node_modules", name));
  for (const { file, imports } of cases) write(base, file, `import ${JSON.stringify(imports)};\nexport const here = 1;\n`);
};

const short = ({ file, rule }: { file: string; rule: string }): string => `${file}: ${rule}`;

describe("the import table", () => {
  const base = mkdtempSync(join(tmpdir(), "fogline-imports-"));
  const broken = [...general, ...fromTable];
  let violations: Violation[] = [];

  beforeAll(async () => {
    plant(base, [...broken, ...allowed]);
    violations = (await inspect(base)).violations;
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  it("refuses every import that breaks a rule, and names the rule", () => {
    const found = violations.map(({ from, rule }) => short({ file: from, rule }));
    for (const wanted of broken.map(short)) expect(found).toContain(wanted);
  });

  it("has no rule that cannot fail", () => {
    const fired = new Set(violations.map(({ rule }) => rule));
    expect(forbidden.map(({ name = "" }) => name).filter((name) => !fired.has(name))).toEqual([]);
  });

  it("lets pass what the table allows", () => {
    const files = new Set(allowed.map(({ file }) => file));
    expect(violations.filter(({ from }) => files.has(from))).toEqual([]);
  });
});

describe("the package graph", () => {
  it("has a cycle when a test of a package leads back to it over another package", () => {
    expect(
      packageCycle([
        { from: "packages/rpc/src/serve.ts", to: "packages/ports/src/index.ts" },
        { from: "packages/ports/src/bus.test.ts", to: "packages/fakes/src/index.ts" },
        { from: "packages/fakes/src/bus.ts", to: "packages/ports/src/index.ts" },
      ]),
    ).toEqual(["packages/ports", "packages/fakes", "packages/ports"]);
  });

  it("has none when files of one package import each other or tests import downwards", () => {
    expect(
      packageCycle([
        { from: "packages/rpc/src/a.ts", to: "packages/rpc/src/b.ts" },
        { from: "packages/rpc/src/a.test.ts", to: "packages/adapters/in-process/src/index.ts" },
        { from: "packages/adapters/in-process/src/bus.ts", to: "packages/ports/src/index.ts" },
        { from: "packages/rpc/src/a.ts", to: "packages/ports/src/index.ts" },
      ]),
    ).toBeUndefined();
  });
});
