import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worktree } from "@fogline/worktree";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { choose, clusterDefault, committedFleet, devNode, nodesOfDefault } from "./chosen.ts";

const root = join(import.meta.dirname, "../../..");
let repository: string;
const git = (...args: string[]): string =>
  execFileSync("git", ["-C", repository, "-c", "user.name=a", "-c", "user.email=a@example.org", ...args], { encoding: "utf8" });
const commit = (): void => {
  git("add", "-A");
  git("commit", "-qm", "a fleet");
};

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), "fogline-chosen-"));
  for (const folder of ["clusters", "bootstrap/generated"]) cpSync(join(root, folder), join(repository, folder), { recursive: true });
  git("init", "-q", "-b", "main");
  commit();
});
afterEach(() => rmSync(repository, { recursive: true, force: true }));

describe("what a dev cluster is made of", () => {
  it("is the local cluster on the boards of all others unless something else is asked for", async () => {
    const fleet = await committedFleet(await Worktree.open(repository));
    const cluster = clusterDefault(fleet);
    expect(cluster?.name).toBe("dev");
    expect(cluster === undefined ? [] : nodesOfDefault(fleet, cluster)).toEqual(["edge-jetson", "edge-pi"]);
    const pi = fleet.clusters.find(({ name }) => name === "edge-pi");
    expect(pi === undefined ? [] : nodesOfDefault(fleet, pi)).toEqual(["edge-pi"]);
  });

  it("has a node for each board, with what its host files leave for pods, its labels and its GPU", async () => {
    const { machines } = await choose({ repository, cluster: "dev", nodesOf: ["edge-jetson", "edge-pi"] });
    expect(machines.map(({ name }) => name)).toEqual(["this-machine", "jetson-1", "jetson-2", "pi-1", "pi-2", "pi-3"]);
    const [, jetson, , pi] = machines;
    if (jetson === undefined || pi === undefined) throw new Error("a node is missing");
    expect(devNode(jetson)).toEqual({
      name: "jetson-1",
      device: "jetson-1",
      hardware: "jetson-orin-nx-16",
      architecture: "arm64",
      cpuCores: 6,
      memoryBytes: 12 * 1024 ** 3,
    });
    expect(devNode(pi, "worker")).toMatchObject({ name: "worker", device: "pi-1", cpuCores: 3, memoryBytes: 6 * 1024 ** 3 });
    expect(jetson.resources).toEqual({ "nvidia.com/gpu": 4 });
    expect(pi.labels).toMatchObject({ "fogline.dev/hardware": "pi-5-8", "fogline.dev/tier": "access-edge" });
  });

  it("is what is committed, not what lies there", async () => {
    writeFileSync(join(repository, "clusters/fleet.yaml"), "fleet: [");
    expect((await choose({ repository, cluster: "edge-pi", nodesOf: ["edge-pi"] })).fleet.name).toBe("acme");
  });

  it("cannot be chosen out of a commit that lacks something, which is said before anything is made", async () => {
    rmSync(join(repository, "bootstrap/generated/pi-2"), { recursive: true });
    commit();
    await expect(choose({ repository, cluster: "edge-pi", nodesOf: ["edge-pi"] })).rejects.toMatchObject({
      code: "FL4180",
      message: expect.stringContaining("bootstrap/generated/pi-2"),
    });
    rmSync(join(repository, "clusters/dev"), { recursive: true });
    commit();
    await expect(choose({ repository, cluster: "dev", nodesOf: [] })).rejects.toMatchObject({ code: "FL4180" });
    writeFileSync(
      join(repository, "clusters/fleet.yaml"),
      readFileSync(join(repository, "clusters/fleet.yaml"), "utf8").replace("fleet: acme", "flet: acme"),
    );
    commit();
    await expect(choose({ repository, cluster: "dev", nodesOf: [] })).rejects.toMatchObject({
      code: "FL4180",
      findings: expect.arrayContaining([expect.anything()]),
    });
  });
});
