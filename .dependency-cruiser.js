/**
 * Who may import whom, as one table; the rules below are made from it. Anything of ours that a row does not list is forbidden.
 * Run by `npm run lint:imports`, which also refuses a cycle between packages, tests included.
 */
import { readFileSync } from "node:fs";

const domain = ["findings", "units", "fleet", "device", "placement", "policy"];
const manifests = ["cdk8s", "constructs", "kubernetes-models", "@kubernetes-models/[^/]+", "js-yaml", "zod"];
const beneathWorkloads = [...domain, "contracts", "ports", "rpc", "manifests", "gitops", "service"];
const adapters = ["in-process", "sqlite", "postgres", "folder", "system", "worktree"];
const workloads = ["agent", "gateway", "orchestrator", "policy", "scheduler"];

/**
 * One row a package: its folder, what of ours it may import, and what of npm (`undefined`: whatever its package.json lists).
 * `pure` packages may not import Node either.
 */
export const packages = [
  { name: "findings", folder: "packages/findings", ours: [], npm: [], pure: true },
  { name: "units", folder: "packages/units", ours: [], npm: [], pure: true },
  { name: "fleet", folder: "packages/fleet", ours: ["findings", "units"], npm: ["zod", "yaml"], pure: true },
  { name: "device", folder: "packages/device", ours: ["findings", "units"], npm: [], pure: true },
  { name: "placement", folder: "packages/placement", ours: ["findings", "units", "fleet", "device"], npm: [], pure: true },
  { name: "policy", folder: "packages/policy", ours: ["findings", "units", "fleet", "device"], npm: [], pure: true },
  { name: "contracts", folder: "packages/contracts", ours: domain, npm: ["zod"], pure: true },
  { name: "manifests", folder: "packages/manifests", ours: domain, npm: manifests, pure: true },
  { name: "gitops", folder: "packages/gitops", ours: [...domain, "manifests"], npm: manifests, pure: true },
  { name: "ports", folder: "packages/ports", ours: ["findings", "units"], npm: ["kysely"] },
  { name: "rpc", folder: "packages/rpc", ours: ["findings", "units", "contracts", "ports"] },
  { name: "service", folder: "packages/service", ours: ["findings", "units", "ports", "rpc"] },
  { name: "fakes", folder: "packages/fakes", ours: ["findings", "units", "ports"], npm: ["kysely"] },
  ...adapters.map((name) => ({
    name,
    folder: `packages/adapters/${name}`,
    ours: ["findings", "units", "ports", ...(name === "worktree" ? ["fleet"] : [])],
    npm: { "in-process": [], sqlite: ["kysely"], postgres: ["kysely", "pg"], folder: [], system: [], worktree: ["simple-git"] }[name],
  })),
  ...workloads.map((name) => ({ name: `workload-${name}`, folder: `workloads/${name}`, ours: beneathWorkloads, workload: true })),
  { name: "apps", folder: "apps", ours: [...domain, "manifests"], npm: manifests, configs: true },
  { name: "infrastructure", folder: "infrastructure", ours: [...domain, "manifests"], npm: manifests, configs: true },
  { name: "simulation", folder: "packages/simulation", ours: [...beneathWorkloads, "fakes"], workloads: true },
  {
    name: "embedded",
    folder: "packages/embedded",
    ours: [...beneathWorkloads, "fakes", "simulation", "apps", "infrastructure", ...adapters],
    workloads: true,
  },
  {
    name: "cli",
    folder: "packages/cli",
    ours: [...beneathWorkloads, "simulation", "embedded", "apps", "infrastructure", "worktree"],
    workloads: true,
  },
];

const anyPackage = "^(packages|workloads|apps|infrastructure)/";
const tests = "\\.test\\.ts$";
const folderOf = (name) => packages.find((row) => row.name === name).folder;
const inside = (folders) => `^(${folders.join("|")})/`;
const adapterFolders = adapters.map(folderOf);

/** The files that a package.json names in `exports`: its public face. */
const publicFiles = ({ folder }) => {
  const { exports = {} } = JSON.parse(readFileSync(new URL(`${folder}/package.json`, import.meta.url), "utf8"));
  return Object.values(exports).map((path) => `${folder}/${path.replace("./", "")}`);
};
const literally = (paths) => `^(${paths.join("|").replaceAll(".", "\\.")})$`;

const reach = (row) => [
  inside([row.folder, ...row.ours.map(folderOf), ...(row.workloads ? ["workloads"] : [])]),
  ...(row.configs ? ["^workloads/[^/]+/src/config\\.ts$"] : []),
];

/** What a package may import of ours. A workload's main.ts may also import adapters. */
const directions = packages.flatMap((row) => {
  const to = { path: anyPackage, pathNot: reach(row) };
  const rule = (name, from, pathNot) => ({
    name,
    severity: "error",
    comment: `${row.folder} may import of ours: ${row.ours.join(", ")}`,
    from,
    to: { ...to, pathNot },
  });
  if (!row.workload) return [rule(`${row.name}-ours`, { path: inside([row.folder]), pathNot: tests }, reach(row))];
  const main = `^${row.folder}/src/main\\.ts$`;
  return [
    rule(`${row.name}-ours`, { path: inside([row.folder]), pathNot: [tests, main] }, reach(row)),
    rule(`${row.name}-main-ours`, { path: main }, [...reach(row), inside(adapterFolders)]),
  ];
});

const npmOnly = packages
  .filter((row) => row.npm !== undefined)
  .map((row) => ({
    name: `${row.name}-npm`,
    severity: "error",
    comment: `${row.folder} may import of npm: ${row.npm.join(", ") || "nothing"}`,
    from: { path: inside([row.folder]), pathNot: tests },
    to: { path: "node_modules/", pathNot: row.npm.length > 0 ? [`node_modules/(${row.npm.join("|")})/`] : [] },
  }));

const pureFolders = packages.filter((row) => row.pure).map((row) => row.folder);

/** The rules that are not about one package. */
const general = [
  {
    name: "no-cycle",
    severity: "error",
    comment: "Files that need each other at run time cannot be read, tested or moved alone, and see each other half loaded.",
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
  },
  {
    name: "pure-without-node",
    severity: "error",
    comment: "Pure packages run anywhere: clock, randomness, files and network are arguments.",
    from: { path: inside(pureFolders), pathNot: tests },
    to: { dependencyTypes: ["core"] },
  },
  {
    name: "workload-config-only-domain",
    severity: "error",
    comment: "Charts import a workload's config, so it may bring only zod and the domain with it.",
    from: { path: "^workloads/[^/]+/src/config\\.ts$" },
    to: { pathNot: [inside(domain.map(folderOf)), "node_modules/zod/"] },
  },
  {
    name: "only-public-files",
    severity: "error",
    comment: "What a package's package.json does not name in exports is private to it.",
    from: { path: "^(packages/(?:adapters/)?[^/]+|workloads/[^/]+|apps|infrastructure|test|bench|scripts)/" },
    to: { path: anyPackage, pathNot: ["^$1/", literally(packages.flatMap(publicFiles)), "^packages/cli/src/main\\.ts$"] },
  },
  {
    name: "not-in-production",
    severity: "error",
    comment: "Test tools stay out of what is shipped.",
    from: { path: anyPackage, pathNot: [tests, "/src/suites?/", "/src/testing/"] },
    to: { path: "node_modules/(vitest|fast-check|playwright-core)/" },
  },
  {
    name: "resolves",
    severity: "error",
    comment: "An import must lead to a file.",
    from: {},
    to: { couldNotResolve: true },
  },
];

export default {
  forbidden: [...general, ...directions, ...npmOnly],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: ["^workloads/gateway/dashboard/", "(^|/)\\.cache/", "/dist/"] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "types", "default"],
      extensions: [".ts", ".js", ".json"],
    },
  },
};
