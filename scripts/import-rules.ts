/** Who may import whom, as one table; dependency-cruiser's rules are made from it. Anything of ours that a row does not list is forbidden. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ICruiseOptions, IForbiddenRuleType } from "dependency-cruiser";
import { root } from "./root.ts";

const domain = ["findings", "units", "fleet", "device", "placement", "policy"];
const manifests = ["cdk8s", "constructs", "kubernetes-models", "@kubernetes-models/[^/]+", "js-yaml", "zod"];
const beneathWorkloads = [...domain, "contracts", "ports", "rpc", "manifests", "gitops", "service"];
const adapters: Record<string, readonly string[]> = {
  "in-process": [],
  nats: ["@nats-io/transport-node"],
  sqlite: ["kysely"],
  postgres: ["kysely", "pg"],
  folder: [],
  system: [],
  worktree: ["simple-git"],
  sops: ["age-encryption", "yaml"],
  kubernetes: ["@kubernetes/client-node"],
  registry: ["modern-tar"],
  ansible: ["zx"],
  certificates: ["jose", "@peculiar/x509", "reflect-metadata"],
};
const adapterNames = Object.keys(adapters);
const workloads = ["agent", "gateway", "orchestrator", "policy", "scheduler"];

/** One row of the table: a package and what its code, tests aside, may import. */
export interface Row {
  readonly name: string;
  readonly folder: string;
  /** Names of rows. */
  readonly ours: readonly string[];
  /** Names of npm packages; without it, whatever the package's package.json lists. */
  readonly npm?: readonly string[];
  /** May not import Node either, and has no clock, chance or network of its own. */
  readonly pure?: true;
  /** May not import Node, because browsers run it too. */
  readonly browser?: true;
  /** Is a workload: its main.ts may import adapters. */
  readonly workload?: true;
  /** May import workloads. */
  readonly workloads?: true;
  /** May import the `./config` entry of workloads. */
  readonly configs?: true;
}

/** The table. */
export const packages: readonly Row[] = [
  { name: "findings", folder: "packages/findings", ours: [], npm: [], pure: true },
  { name: "units", folder: "packages/units", ours: [], npm: [], pure: true },
  { name: "fleet", folder: "packages/fleet", ours: ["findings", "units"], npm: ["zod", "yaml", "@noble/hashes"], pure: true },
  { name: "device", folder: "packages/device", ours: ["findings", "units"], npm: [], pure: true },
  { name: "placement", folder: "packages/placement", ours: ["findings", "units", "fleet", "device"], npm: [], pure: true },
  { name: "policy", folder: "packages/policy", ours: ["findings", "units", "fleet", "device"], npm: [], pure: true },
  { name: "contracts", folder: "packages/contracts", ours: domain, npm: ["zod"], pure: true },
  { name: "manifests", folder: "packages/manifests", ours: domain, npm: manifests, pure: true },
  { name: "gitops", folder: "packages/gitops", ours: [...domain, "manifests"], npm: manifests, pure: true },
  { name: "client", folder: "packages/client", ours: ["findings", "contracts"], npm: ["zod"], browser: true },
  { name: "ports", folder: "packages/ports", ours: ["findings", "units"], npm: ["kysely"] },
  { name: "rpc", folder: "packages/rpc", ours: ["findings", "units", "contracts", "ports"] },
  { name: "service", folder: "packages/service", ours: ["findings", "units", "ports", "rpc"] },
  { name: "fakes", folder: "packages/fakes", ours: ["findings", "units", "ports"], npm: ["kysely", "vitest"] },
  ...Object.entries(adapters).map(([name, npm]) => ({
    name,
    folder: `packages/adapters/${name}`,
    ours: ["findings", "units", "ports", ...(["worktree", "sops"].includes(name) ? ["fleet"] : [])],
    npm,
  })),
  ...workloads.map((name) => ({ name: `workload-${name}`, folder: `workloads/${name}`, ours: beneathWorkloads, workload: true as const })),
  { name: "apps", folder: "apps", ours: [...domain, "manifests"], npm: manifests, configs: true },
  { name: "infrastructure", folder: "infrastructure", ours: [...domain, "manifests"], npm: manifests, configs: true },
  { name: "stacks", folder: "infrastructure/stacks", ours: ["findings", "fleet", "gitops", "manifests", "worktree", "kubernetes"] },
  { name: "policy-pack", folder: "infrastructure/policies", ours: ["findings", "fleet", "gitops", "manifests", "worktree"] },
  { name: "simulation", folder: "packages/simulation", ours: [...beneathWorkloads, "fakes"], workloads: true },
  {
    name: "embedded",
    folder: "packages/embedded",
    ours: [...beneathWorkloads, "fakes", "simulation", "apps", "infrastructure", ...adapterNames],
    workloads: true,
  },
  {
    name: "dev-cluster",
    folder: "packages/dev-cluster",
    ours: ["findings", "units", "fleet", "manifests", "gitops", "system", "worktree"],
    npm: ["js-yaml"],
  },
  {
    name: "cli",
    folder: "packages/cli",
    ours: [
      ...[...beneathWorkloads, "client", "simulation", "embedded", "apps", "infrastructure", "dev-cluster"],
      ...["worktree", "system", "sops", "kubernetes", "registry", "ansible"],
    ],
    workloads: true,
  },
];

const anyPackage = "^(packages|workloads|apps|infrastructure)/";
/** Tests, and the samples that only tests of a package use. */
const tests = "(\\.test|/src/samples|/(?:src|stacks)/testing/[^/]+)\\.ts$";
const folderOf = (name: string): string => {
  const row = packages.find((candidate) => candidate.name === name);
  if (row === undefined) throw new Error(`the import table has no row ${name}`);
  return row.folder;
};
/** The folder of a package without the packages that lie in it; any other folder as it is. */
const alone = (folder: string): string => {
  if (!packages.some((row) => row.folder === folder)) return folder;
  const within = packages.filter((row) => row.folder.startsWith(`${folder}/`)).map((row) => row.folder.slice(folder.length + 1));
  return within.length === 0 ? folder : `${folder}(?!/(?:${within.join("|")})/)`;
};
const inside = (folders: readonly string[]): string => `^(${folders.map(alone).join("|")})/`;
const adapterFolders = adapterNames.map(folderOf);

/** The files that a package.json names in `exports`: its public face. */
const publicFiles = ({ folder }: Row): string[] => {
  const { exports = {} } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as { exports?: Record<string, string> };
  return Object.values(exports).map((path) => `${folder}/${path.replace("./", "")}`);
};
const literally = (paths: readonly string[]): string => `^(${paths.join("|").replaceAll(".", "\\.")})$`;

const reach = (row: Row): string[] => [
  inside([row.folder, ...row.ours.map(folderOf), ...(row.workloads ? ["workloads"] : [])]),
  ...(row.configs ? ["^workloads/[^/]+/src/config\\.ts$"] : []),
];

/** What a package may import of ours. A workload's main.ts may also import adapters. */
const directions: IForbiddenRuleType[] = packages.flatMap((row) => {
  const to = { path: anyPackage, pathNot: reach(row) };
  const rule = (name: string, from: IForbiddenRuleType["from"], pathNot: string[]): IForbiddenRuleType => ({
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

const npmOnly: IForbiddenRuleType[] = packages.flatMap(({ name, folder, npm }) =>
  npm === undefined
    ? []
    : {
        name: `${name}-npm`,
        severity: "error" as const,
        comment: `${folder} may import of npm: ${npm.join(", ") || "nothing"}`,
        from: { path: inside([folder]), pathNot: tests },
        to: { path: "node_modules/", pathNot: npm.length > 0 ? [`node_modules/(${npm.join("|")})/`] : [] },
      },
);

const pureFolders = packages.filter((row) => row.pure).map((row) => row.folder);
const browserFolders = packages.filter((row) => row.browser).map((row) => row.folder);

/** The rules that are not about one package. */
const general: IForbiddenRuleType[] = [
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
    name: "browser-without-node",
    severity: "error",
    comment: "What browsers run has no Node.",
    from: { path: inside(browserFolders), pathNot: tests },
    to: { dependencyTypes: ["core"] },
  },
  {
    name: "workload-config-only-domain",
    severity: "error",
    comment: "Charts import a workload's config, so it may bring only zod, the domain and the settings declared in contracts with it.",
    from: { path: "^workloads/[^/]+/src/config\\.ts$" },
    to: { pathNot: [inside([...domain, "contracts"].map(folderOf)), "node_modules/zod/"] },
  },
  {
    name: "workload-without-process",
    severity: "error",
    comment: "Workloads share a process when they are embedded; only main.ts owns it.",
    from: { path: "^workloads/", pathNot: [tests, "^workloads/[^/]+/src/main\\.ts$"] },
    to: { path: "^(node:)?process$" },
  },
  {
    name: "only-public-files",
    severity: "error",
    comment: "What a package's package.json does not name in exports is private to it.",
    from: {
      path: "^(packages/(?:adapters/)?[^/]+|workloads/[^/]+|apps|infrastructure/(?:stacks|policies)|infrastructure|test|bench|images|scripts)/",
    },
    to: { path: anyPackage, pathNot: ["^$1/", literally(packages.flatMap(publicFiles)), "^packages/cli/src/main\\.ts$"] },
  },
  {
    name: "not-in-production",
    severity: "error",
    comment: "Test tools stay out of what is shipped.",
    from: { path: anyPackage, pathNot: [tests, "^packages/fakes/src/suites/"] },
    to: { path: "node_modules/(vitest|fast-check|playwright-core)/" },
  },
  {
    name: "tests-stay-tests",
    severity: "error",
    comment: "Only a test may import a test or its samples.",
    from: { path: anyPackage, pathNot: tests },
    to: { path: `${anyPackage}.*${tests}` },
  },
  {
    name: "resolves",
    severity: "error",
    comment: "An import must lead to a file.",
    from: {},
    to: { couldNotResolve: true },
  },
];

/** The rules made from the table. */
export const forbidden: readonly IForbiddenRuleType[] = [...general, ...directions, ...npmOnly];

/** How files are found and imports resolved: workspaces by the `exports` of their package.json, types included. */
export const options: ICruiseOptions = {
  doNotFollow: { path: "node_modules" },
  exclude: { path: ["^workloads/gateway/dashboard/", "(^|/)\\.cache/", "^(?!.*node_modules/).*/dist/"] },
  tsPreCompilationDeps: true,
  enhancedResolveOptions: {
    exportsFields: ["exports"],
    conditionNames: ["import", "node", "types", "default"],
    extensions: [".ts", ".js", ".json"],
  },
};

export default { forbidden, options };
