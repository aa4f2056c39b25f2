import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../scripts/root.ts";
import type { Play } from "./playbook.ts";

/** Tasks of a role that test/README.md says are skipped on targets, each with its reason there. */
export const explainedSkips = (role: string): string[] => {
  const page = readFileSync(join(root, "test/README.md"), "utf8");
  return [...page.matchAll(/^\| `([a-z0-9]+)` \| ([^|]+) \| [^|]+ \|$/gm)]
    .flatMap(([, of, task]) => (of === role && task !== undefined ? [task.trim()] : []))
    .toSorted();
};

type Results = Pick<Play, "results">;

/** Tasks of a role that a run, or one of several, skipped on some machine. */
export const skippedIn = (plays: Results | readonly Results[], role: string): string[] =>
  [
    ...new Set(
      [plays]
        .flat()
        .flatMap(({ results }) => results.flatMap((result) => (result.role === role && result.outcome === "skipped" ? [result.task] : []))),
    ),
  ].toSorted();

/** How many tasks of a role a run carried out, and how many it skipped. */
export const countsOf = ({ results }: Results, role: string): { readonly executed: number; readonly skipped: number } => {
  const own = results.filter((result) => result.role === role);
  const skipped = own.filter(({ outcome }) => outcome === "skipped").length;
  return { executed: own.length - skipped, skipped };
};
