/** Tasks that a role skipped, against the table of test/README.md that explains each of them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../scripts/root.ts";
import type { Play } from "./playbook.ts";

/** How many tasks each role carried out, and how many it skipped. */
export const countsOf = ({ results }: Play, role: string): { readonly executed: number; readonly skipped: number } => {
  const own = results.filter((result) => result.role === role);
  const skipped = own.filter(({ outcome }) => outcome === "skipped").length;
  return { executed: own.length - skipped, skipped };
};

/** `role: task` of every row of the table "Tasks that are skipped". */
const explained = (): string[] => {
  const page = readFileSync(join(root, "test/README.md"), "utf8");
  const table = page.slice(page.indexOf("### Tasks that are skipped"));
  const rows = table.slice(0, table.indexOf("\n## ")).matchAll(/^\| `(\w+)` \| ([^|]+) \| [^|]+ \|$/gm);
  return [...rows].map(([, role = "", task = ""]) => `${role}: ${task}`);
};

/** What these plays skipped of some roles and the table does not explain, and what it explains and was never skipped. Both should be nothing. */
export const skips = (plays: readonly Play[], roles: readonly string[]): { readonly unexplained: string[]; readonly neverSkipped: string[] } => {
  const ours = (name: string): boolean => roles.includes(name.split(":")[0] ?? "");
  const skipped = new Set(
    plays.flatMap(({ results }) => results.filter(({ outcome }) => outcome === "skipped").map(({ role, task }) => `${role}: ${task}`)),
  );
  const rows = explained().filter(ours);
  return {
    unexplained: [...skipped].filter((name) => ours(name) && !rows.includes(name)).toSorted(),
    neverSkipped: rows.filter((name) => !skipped.has(name)).toSorted(),
  };
};
