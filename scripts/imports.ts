/** `npm run lint:imports`: the import table of import-rules.ts, and no cycle between packages with their tests. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { exit } from "node:process";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import { forbidden, options } from "./import-rules.ts";
import { root } from "./root.ts";

/** An import of one file by another, both as paths from the repository root. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** A broken rule of import-rules.ts. */
export interface Violation extends Import {
  readonly rule: string;
  readonly comment: string;
}

const folders = ["packages", "workloads", "apps", "infrastructure", "test", "bench", "images", "scripts"];

/** The package that owns `path`, as its folder; undefined for what belongs to none. */
export const packageOf = (path: string): string | undefined =>
  /^(packages\/adapters\/[^/]+|packages\/[^/]+|workloads\/[^/]+|apps|infrastructure)\//.exec(path)?.[1];

/** The first cycle in the graph that the imports draw between packages, as the folders along it, or undefined. */
export const packageCycle = (imports: readonly Import[]): readonly string[] | undefined => {
  const graph = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    const [a, b] = [packageOf(from), packageOf(to)];
    if (a !== undefined && b !== undefined && a !== b) graph.set(a, (graph.get(a) ?? new Set()).add(b));
  }
  const done = new Set<string>();
  const walk = (at: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(at)) return [...path.slice(path.indexOf(at)), at];
    if (done.has(at)) return undefined;
    for (const next of graph.get(at) ?? []) {
      const cycle = walk(next, [...path, at]);
      if (cycle !== undefined) return cycle;
    }
    done.add(at);
    return undefined;
  };
  for (const start of graph.keys()) {
    const cycle = walk(start, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
};

/** Reads every import below `baseDir` and compares it with the rules. */
export const inspect = async (baseDir: string): Promise<{ violations: Violation[]; imports: Import[] }> => {
  const present = folders.filter((folder) => existsSync(join(baseDir, folder)));
  const result = await cruise(present, { ...options, baseDir, validate: true, ruleSet: { forbidden: [...forbidden] } });
  if (typeof result.output === "string") throw new Error("dependency-cruiser answered with text where a result was asked for");
  const { modules, summary }: ICruiseResult = result.output;
  const comments = new Map(forbidden.map(({ name, comment }) => [name, comment]));
  return {
    violations: summary.violations.map(({ from, to, rule }) => ({ from, to, rule: rule.name, comment: comments.get(rule.name) ?? "" })),
    imports: modules.flatMap(({ source, dependencies }) => dependencies.map(({ resolved }) => ({ from: source, to: resolved }))),
  };
};

if (import.meta.main) {
  const { violations, imports } = await inspect(root);
  for (const { from, to, rule, comment } of violations) console.error(`${rule}: ${from} imports ${to}. ${comment}`);
  const cycle = packageCycle(imports);
  if (cycle !== undefined) console.error(`packages import each other, tests included: ${cycle.join(" -> ")}`);
  console.log(`${imports.length} imports, ${violations.length} against a rule, ${cycle === undefined ? "no" : "one"} cycle between packages`);
  exit(violations.length === 0 && cycle === undefined ? 0 : 1);
}
