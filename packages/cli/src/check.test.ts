import { parseFleet } from "@fogline/fleet";
import { describe, expect, it } from "vitest";
import { checkTrees, chosenClusters, treeFromFiles } from "./check.ts";

const fleetOf = (exceptions = "") => {
  const text = [
    "fleet: acme",
    "rings: { all: {} }",
    "sites: { home: { region: eu-central } }",
    "clusters: { main: { site: home, tier: cloud, ring: all }, edge-pi: { site: home, tier: access-edge, ring: all } }",
    exceptions,
  ].join("\n");
  const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text }]);
  if (fleet === undefined) throw new Error(findings.map(({ message }) => message).join("; "));
  return fleet;
};
const file = "clusters/main/flux-system/settings.yaml";
const files = new Map([
  ["clusters/main/flux-system/kustomization.yaml", "resources: [settings.yaml]\n"],
  [file, "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings, namespace: flux-system }\ndata: { a: b }\n"],
]);
const nowMs = Date.UTC(2026, 10, 26, 12);
const checked = (exceptions?: string, names?: readonly string[]) => {
  const fleet = fleetOf(exceptions);
  const trees = chosenClusters(fleet, names).map((cluster) => treeFromFiles(cluster, cluster.name === "main" ? files : new Map()));
  const { findings, excepted } = checkTrees(fleet, trees, {}, nowMs);
  return { codes: findings.map(({ code }) => code), excepted: excepted.map(({ finding }) => finding.code) };
};
const exception = (code: string, until: string) => `exceptions: [{ code: ${code}, reason: It moves with the next release., until: ${until} }]`;

describe("the clusters to check", () => {
  it("are all, or those that were named", () => {
    expect(chosenClusters(fleetOf(), undefined).map(({ name }) => name)).toEqual(["main", "edge-pi"]);
    expect(chosenClusters(fleetOf(), ["edge-pi"]).map(({ name }) => name)).toEqual(["edge-pi"]);
  });

  it("are refused with the name that was probably meant", () => {
    expect(() => chosenClusters(fleetOf(), ["main", "edge-pie"])).toThrowError(
      expect.objectContaining({ code: "FL1031", remedy: "did you mean edge-pi?" }),
    );
  });
});

describe("trees on disk", () => {
  it("are read, held against schemas and rules, and a cluster without one is told", () => {
    expect(checked().codes).toEqual(["FL3113", "FL3008"]);
    const [main] = fleetOf().clusters;
    if (main === undefined) throw new Error("the fleet has no cluster");
    const misspelt = new Map([...files, [file, (files.get(file) ?? "").replace("\ndata:", "\ndate:")]]);
    expect(treeFromFiles(main, misspelt).findings).toMatchObject([{ code: "FL3003", place: { file } }]);
  });

  it("are let be where the fleet file says so, until the day after", () => {
    expect(checked(exception("FL3113", "2026-11-26"))).toEqual({ codes: ["FL3008"], excepted: ["FL3113"] });
    expect(checked(exception("FL3113", "2026-11-25"))).toEqual({ codes: ["FL3113", "FL3008", "FL2291"], excepted: [] });
  });

  it("leave open whether an exception is needed when only some are looked at", () => {
    expect(checked(exception("FL2107", "2026-12-31")).codes).toEqual(["FL3113", "FL3008", "FL2292"]);
    expect(checked(exception("FL2107", "2026-12-31"), ["main"]).codes).toEqual(["FL3113"]);
  });
});
