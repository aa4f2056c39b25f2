import { parseFleet } from "@fogline/fleet";
import { trafficFindings } from "@fogline/gitops";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { checkTrees } from "./check.ts";
import { foglineCharts } from "./own-charts.ts";
import { renderTrees } from "./render.ts";
import { fleets } from "./testing/fleets.ts";

describe("a generated fleet that nothing is wrong with", () => {
  it("renders to trees in which no rule finds anything, in 1,000 cases", () => {
    fc.assert(
      fc.property(fleets, (declared) => {
        const workloads = { agent: { on: "*", version: "0.1.0" }, ...declared.workloads };
        const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text: stringify({ ...declared, workloads }) }]);
        expect(findings).toEqual([]);
        if (fleet === undefined) return;
        const rendered = renderTrees(fleet, foglineCharts, { treesSigned: true });
        const byName = new Map(rendered.trees.map((tree) => [tree.cluster, tree]));
        const trees = fleet.clusters.flatMap((cluster) => {
          const tree = byName.get(cluster.name);
          return tree === undefined ? [] : [{ cluster, tree, findings: [] }];
        });
        expect(trees).toHaveLength(3);
        const found = [...rendered.findings, ...trafficFindings(fleet), ...checkTrees(fleet, trees, {}, 0).findings];
        expect(found.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  }, 300_000);
});
