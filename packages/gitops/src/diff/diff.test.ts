import type { ImagesLock } from "@fogline/fleet";
import { describe, expect, it } from "vitest";
import { diffOf, edgeDiff, plantFleet } from "../testing/change.ts";
import { filesOf, object, tree, workload } from "../testing/tree.ts";
import { diffFleet } from "./diff.ts";

const web = (image = "registry.acme.example/web:1.0.0", sample = {}) => workload("Deployment", "web", { replicas: 1, image, ...sample });
const agent = (image: string, pod = {}) => workload("DaemonSet", "agent", { image, pod });
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const lockOf = (images: Readonly<Record<string, number>>): ImagesLock =>
  Object.fromEntries(
    Object.entries(images).map(([name, bytes], index) => [
      name,
      {
        digest: digest("e"),
        platforms: { arm64: { digest: digest("f"), layers: [{ digest: `sha256:${String(index).padStart(64, "0")}`, bytes }] } },
      },
    ]),
  );

describe("the difference of a fleet", () => {
  it("is nothing between a revision and itself", () => {
    const one = {
      trees: [tree([web()]), tree([web()], "far")],
      hosts: { "bootstrap/generated/pi-1/a": "x" },
      lock: lockOf({ "registry.acme.example/web:1.0.0": 5 }),
    };
    const diff = diffOf(one, one);
    expect(diff.clusters.map(({ state }) => state)).toEqual(["unchanged", "unchanged"]);
    expect([diff.rings, diff.links, diff.risks, diff.otherDevices]).toEqual([[], [], [], []]);
  });

  it("says of each cluster what starts, restarts, is touched and is pulled", () => {
    const images = lockOf({ "a:1": 1, "registry.acme.example/agent:2.0.0": 4_000_000 });
    const diff = edgeDiff([agent("registry.acme.example/agent:1.0.0")], [agent("registry.acme.example/agent:2.0.0")], { after: { lock: images } });
    const [edge] = diff.clusters;
    expect(edge).toMatchObject({
      cluster: "edge",
      ring: "canary",
      link: "thin",
      state: "changed",
      images: [{ workload: "agent", before: "1.0.0", after: "2.0.0" }],
      restarts: [{ pods: 3 }],
      touched: { count: 3 },
      pull: { bytes: 12_000_000, byDeviceClass: { "raspberry-pi": 12_000_000 } },
      pullMs: 12_000,
    });
    expect(edge?.touched.devices.map(({ device, reasons }) => [device, reasons])).toEqual([
      ["pi-1", ["pods"]],
      ["pi-2", ["pods"]],
      ["pi-3", ["pods"]],
    ]);
    expect(diff.links).toEqual([
      {
        site: "plant",
        profile: "thin",
        clusters: ["edge"],
        bytes: 12_000_000,
        atMost: true,
        incomplete: false,
        durationMs: 12_000,
        budgetFraction: 1.2,
      },
    ]);
  });

  it("adds up what clusters of a site pull over its one line", () => {
    const images = lockOf({ "r.example/a/web:2": 1_000_000, "r.example/a/web:1": 3 });
    const both = (image: string) => [tree([web(image)]), tree([web(image)], "far")];
    const { links } = diffOf({ trees: both("r.example/a/web:1"), lock: images }, { trees: both("r.example/a/web:2"), lock: images });
    expect(links).toMatchObject([{ clusters: ["edge", "far"], bytes: 2_000_000, durationMs: 2_000, incomplete: false }]);
  });

  it("touches devices by what changes: pods where they may run, services and policies everywhere, accounts nowhere", () => {
    const touched = (before: object[], after: object[]) =>
      edgeDiff(before as never, after as never).clusters[0]?.touched.devices.map(({ device, maybe }) => `${device}${maybe ? "?" : ""}`);
    expect(touched([web()], [web("a:2")])).toEqual(["pi-1?", "pi-2?", "pi-3?"]);
    const onOne = { nodeSelector: { "kubernetes.io/hostname": "pi-2" } };
    expect(touched([agent("a:1", onOne)], [agent("a:2", onOne)])).toEqual(["pi-2"]);
    expect(touched([agent("a:1")], [agent("a:1", onOne)])).toEqual(["pi-1", "pi-2", "pi-3"]);
    expect(touched([], [object("NetworkPolicy", "p", { spec: { podSelector: {} } })])).toEqual(["pi-1", "pi-2", "pi-3"]);
    expect(touched([], [object("ServiceAccount", "a")])).toEqual([]);
    expect(touched([web()], [{ ...web(), metadata: { name: "web", namespace: "fogline", labels: { a: "b" } } }])).toEqual([]);
    const settings = (a: string) => object("ConfigMap", "c", { data: { a } });
    const user = agent("a:1", { ...onOne, volumes: [{ name: "c", configMap: { name: "c" } }] });
    expect(touched([settings("1"), user], [settings("2"), user])).toEqual(["pi-2"]);
  });

  it("counts one of three devices where one pod may be on any", () => {
    expect(edgeDiff([web()], [web("a:2")]).clusters[0]?.touched.count).toBe(1);
  });

  it("touches devices whose host files change, in a cluster or not", () => {
    const trees = [tree([web()])];
    const hosts = (text: string) => ({ "bootstrap/generated/pi-1/sysctl.conf": text, "bootstrap/generated/laptop/wg0.conf": text });
    const diff = diffOf({ trees, hosts: hosts("a") }, { trees, hosts: hosts("b") }, ["edge"]);
    expect(diff.clusters[0]).toMatchObject({ state: "changed", touched: { count: 1, devices: [{ device: "pi-1", reasons: ["host"] }] } });
    expect(diff.otherDevices).toEqual(["laptop"]);
  });

  it("lets a device join with everything to pull, and another leave", () => {
    const trees = [tree([agent("r.example/a/agent:1")])];
    const lock = lockOf({ "r.example/a/agent:1": 500 });
    const devices = (names: string) => plantFleet({ devices: `{ ${names} }` });
    const one = "pi-1: { cluster: edge, hardware: pi-5-8 }";
    const two = "pi-2: { cluster: edge, hardware: pi-5-8 }";
    const { clusters } = diffOf({ trees, lock, fleet: devices(one) }, { trees, lock, fleet: devices(two) }, ["edge"]);
    expect(clusters[0]).toMatchObject({
      state: "changed",
      objects: [],
      restarts: [],
      pull: { bytes: 500 },
      touched: {
        devices: [
          { device: "pi-1", reasons: ["leaves"] },
          { device: "pi-2", reasons: ["joins"] },
        ],
      },
    });
  });

  it("gives a ring its turn after every ring before it, also one that is not touched", () => {
    const rings =
      "{ canary: { soak: 2h }, early: { soak: 12h, gate: manual }, unused: { soak: 9h }, stable: { window: Mon-Thu 08:00-16:00 Europe/Berlin } }";
    const clusters =
      "{ edge: { site: plant, tier: access-edge, ring: canary }, mid: { site: plant, tier: access-edge, ring: early }, far: { site: plant, tier: access-edge, ring: stable } }";
    const fleet = plantFleet({ rings, clusters });
    const at = (image: string) => ({ fleet, trees: [tree([web(image)]), tree([web(image)], "far")] });
    expect(diffOf(at("a:1"), at("a:2"), ["edge", "mid", "far"]).rings).toMatchObject([
      { ring: "canary", clusters: ["edge"], after: [] },
      {
        ring: "stable",
        clusters: ["far"],
        after: [
          { ring: "canary", soakMs: 7_200_000, gate: "healthy" },
          { ring: "early", soakMs: 43_200_000, gate: "manual" },
        ],
        window: { days: ["Mon", "Tue", "Wed", "Thu"] },
      },
    ]);
  });

  it("pulls nothing for the cluster of this machine, which is in no ring's turn", () => {
    const clusters = "{ edge: { site: plant, tier: access-edge, ring: canary, local: true }, far: { site: plant, tier: access-edge, ring: stable } }";
    const fleet = plantFleet({ clusters });
    const diff = diffOf({ fleet, trees: [tree([web()])] }, { fleet, trees: [tree([web("a:2")])] }, ["edge"]);
    expect(diff.clusters[0]).toMatchObject({ local: true, pull: { bytes: 0, unknown: [] }, restarts: [{ pods: 1 }] });
    expect(diff.rings).toEqual([]);
  });

  it("adds everything of a cluster that had no tree", () => {
    const { clusters } = diffOf({}, { trees: [tree([web()])] }, ["edge"]);
    expect(clusters[0]).toMatchObject({ state: "added", objects: [{ change: "added" }, { change: "added" }] });
  });

  it("names files of the old revision that cannot be read, and compares the rest", () => {
    const now = tree([web("a:2")]);
    const files = new Map(filesOf(tree([web("a:1")])));
    files.set("clusters/edge/apps/app/kustomization.yaml", "resources: [deployment-web.yaml, gone.yaml, bad.yaml]\n");
    files.set("clusters/edge/apps/app/bad.yaml", "a: [");
    const rest = { secrets: new Map(), hostFiles: new Map(), lock: {}, fleet: plantFleet() };
    const { risks, clusters } = diffFleet({ ...rest, files }, { ...rest, files: filesOf(now) }, ["edge"]);
    expect(clusters[0]?.restarts).toMatchObject([{ name: "Deployment fogline/web" }]);
    expect(risks.map(({ code, message }) => `${code} ${message}`).toSorted()).toEqual([
      "FL5019 clusters/edge/apps/app/bad.yaml is not compared: it is no YAML",
      "FL5019 clusters/edge/apps/app/gone.yaml is not compared: it is listed and does not exist",
    ]);
  });
});
