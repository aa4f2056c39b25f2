import type { NodeRecord } from "@fogline/contracts";
import { counted } from "./format.ts";
import { healthOf } from "./health.ts";

/** More sites than this are counted and not named. */
const namedMax = 2;

/** Where in the tiers something is wrong, in a sentence: "9 devices at 2 sites on 4 tiers; not well: plant-7 (1 suspect)". */
export const topologyAnswer = (nodes: readonly NodeRecord[], site: string | null): string => {
  if (nodes.length === 0) return "No devices yet";
  const count = (values: readonly string[]): number => new Set(values).size;
  const tiers = counted(count(nodes.map(({ tier }) => tier)), "tier");
  const where = site === null ? `at ${counted(count(nodes.map((node) => node.site)), "site")} on ${tiers}` : `of ${site} on ${tiers}`;
  const unwell = new Map<string, Map<string, number>>();
  for (const node of nodes) {
    const { meaning, word } = healthOf(node);
    if (meaning === "good") continue;
    const words = unwell.get(node.site) ?? new Map<string, number>();
    words.set(word, (words.get(word) ?? 0) + 1);
    unwell.set(node.site, words);
  }
  const total = (words: ReadonlyMap<string, number>): number => [...words.values()].reduce((sum, value) => sum + value, 0);
  const worst = [...unwell].sort(([, a], [, b]) => total(b) - total(a));
  const named = worst.slice(0, namedMax).map(([name, words]) => {
    const said = [...words].map(([word, times]) => `${times} ${word}`).join(", ");
    return site === null ? `${name} (${said})` : said;
  });
  const more = worst.length > namedMax ? ` and ${counted(worst.length - namedMax, "more site", "more sites")}` : "";
  return `${counted(nodes.length, "device")} ${where}; ${worst.length === 0 ? "all are well" : `not well: ${named.join(", ")}${more}`}`;
};
