import { readFileSync } from "node:fs";
import { type AppName, apps, container } from "@fogline/apps";
import { parseFleet } from "@fogline/fleet";
import { type Rendered, render } from "@fogline/gitops";
import { clusterCharts } from "@fogline/infrastructure";
import type { AppDefinition } from "@fogline/manifests";
import { describe, expect, it } from "vitest";
import { thermometer } from "./testing/thermometer.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("docs/new-workload.md");

/** The example fleet, whose workloads are joined by those of a block of the page. */
const renderWith = (workloads: string): Rendered => {
  const fleet = { path: "clusters/fleet.yaml", text: read("clusters/fleet.yaml") };
  const parsed = parseFleet([fleet, { path: "clusters/fleet.d/new.yaml", text: workloads }]);
  expect(parsed.findings).toEqual([]);
  if (parsed.fleet === undefined) throw new Error("the fleet does not parse");
  return render(parsed.fleet, { clusters: ["edge-pi"] }, { apps: { ...apps, thermometer }, container, cluster: clusterCharts });
};

const block = (containing: string): string => {
  const found = [...page.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, text]) => text ?? "").find((text) => text.includes(containing));
  if (found === undefined) throw new Error(`the page has no block with ${containing}`);
  return found;
};

const namesIn = ({ files }: Rendered, folder: string): string[] =>
  [...files.keys()].filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length));

describe("the page about a new workload", () => {
  it("shows an image whose every line becomes what the page says", () => {
    const rendered = renderWith(block("camera:"));
    expect(rendered.findings).toEqual([]);
    expect(namesIn(rendered, "clusters/edge-pi/apps/camera/")).toEqual([
      "configmap-camera-config.yaml",
      "deployment-camera.yaml",
      "kustomization.yaml",
      "networkpolicy-camera.yaml",
      "persistentvolumeclaim-camera-clips.yaml",
      "service-camera.yaml",
      "serviceaccount-camera.yaml",
    ]);
    const deployment = rendered.files.get("clusters/edge-pi/apps/camera/deployment-camera.yaml");
    for (const line of [
      "port-8554",
      "devices.fogline.dev/video0: 1",
      "memory: 256Mi",
      "value: 1280x720",
      "name: camera-login",
      "secretName: camera-tls",
    ])
      expect(deployment).toContain(line);
  });

  it("shows a chart as it is compiled", () => {
    expect(page).toContain(`\`\`\`ts\n${read("test/unit/testing/thermometer.ts")}\`\`\``);
  });

  it("shows a workload with that chart as it is rendered", () => {
    const rendered = renderWith(block("thermometer: { on"));
    expect(rendered.findings).toEqual([]);
    expect(namesIn(rendered, "clusters/edge-pi/apps/thermometer/")).toContain("service-thermometer.yaml");
    const deployment = rendered.files.get("clusters/edge-pi/apps/thermometer/deployment-thermometer.yaml") ?? "";
    expect(deployment).toContain("# From apps/thermometer/chart.ts thermometer, for workloads.thermometer in clusters/fleet.d/new.yaml.");
    for (const line of ["/fogline/thermometer:0.1.0", "name: INTERVAL_MS", "value: kelvin", "path: /readyz"]) expect(deployment).toContain(line);
  });

  it("says what a misspelt setting and a workload without a chart are told", () => {
    const misspelt = renderWith("workloads: { thermometer: { on: edge-pi, version: 0.1.0, settings: { intervallMs: 1 } } }");
    const [finding] = misspelt.findings;
    expect(finding?.code).toBe("FL3004");
    expect(block("has no setting")).toBe(`${finding?.message}\n${finding?.remedy}\n`);
    expect(renderWith("workloads: { barometer: { on: edge-pi, version: 0.1.0 } }").findings).toMatchObject([{ code: "FL3006" }]);
  });

  it("is right that a name without a chart does not compile", () => {
    // @ts-expect-error The table lacks the chart.
    const incomplete: Readonly<Record<AppName | "thermometer", AppDefinition>> = apps;
    const complete: Readonly<Record<AppName | "thermometer", AppDefinition>> = { ...apps, thermometer };
    expect(Object.keys(complete)).toEqual([...Object.keys(incomplete), "thermometer"]);
  });
});
