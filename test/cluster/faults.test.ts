import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nameOf } from "@fogline/manifests";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fogline } from "../system/testing/cli.ts";
import { eventually } from "../system/testing/eventually.ts";
import { conditionOf, followsBranch, startTestCluster, type TestCluster } from "./testing/cluster.ts";

const fleetFile = "clusters/fleet.yaml";
const display = { apiVersion: "apps/v1", kind: "Deployment", name: "display", namespace: "fogline" };
const source = { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository", name: "flux-system", namespace: "flux-system" };
const patienceMs = 180_000;
const storageBytes = 4 * 1024 * 1024;

interface Said {
  readonly state: string;
  readonly reason: string;
  readonly stuck: boolean;
  readonly wantedRevision: string | null;
  readonly commitsBehind: number | null;
}

describe("edge-pi under Flux when something fails", () => {
  let cluster: TestCluster;
  let original: string;

  beforeAll(async () => {
    cluster = await startTestCluster("edge-pi", {
      prepare: followsBranch,
      storageBytes,
    });
    original = cluster.head();
    await cluster.settled(original);
  });
  beforeEach(async () => {
    if (cluster.head() !== original) await cluster.settled(await cluster.restore(original));
  });
  afterAll(async () => {
    await cluster?.stop();
  });

  /** What `fogline gitops status edge-pi` says, and how it ends. */
  const status = (): Said & { readonly exit: number | null } => {
    const said = fogline(["--repo", cluster.repository.path, "--json", "gitops", "status", "edge-pi", "--kubeconfig", cluster.plane.kubeconfig]);
    return { ...(said.json() as { cluster: Said }).cluster, exit: said.status };
  };
  const says = (what: string, holds: (said: ReturnType<typeof status>) => boolean) =>
    eventually(
      what,
      () => {
        const said = status();
        return holds(said) && said;
      },
      patienceMs,
    );
  const imageOf = async (): Promise<string> => (await cluster.api.get(display))?.spec.template.spec.containers[0].image;
  /** Pushes a fleet with another image of the display, and a file of this size in the cluster's folder. */
  const pushDisplay = (version: string, bytes = 0): Promise<string> => {
    cluster.repository.edit(fleetFile, /display:[\d.]+/, `display:${version}`);
    cluster.repository.render();
    if (bytes > 0) writeFileSync(join(cluster.repository.path, "clusters/edge-pi/large.bin"), randomBytes(bytes));
    return cluster.push(`display ${version}`);
  };
  const image = (version: string): string => `registry.edge.acme.example/display:${version}`;

  it("is said to be current while nothing does", () => {
    expect(status()).toMatchObject({ state: "current", stuck: false, exit: 0, commitsBehind: 0 });
  });

  it("ends in the pushed revision when the API server is killed in the middle of an apply", async () => {
    const revision = await pushDisplay("1.4.0");
    await eventually("the first Kustomization is at it", async () =>
      [...(await cluster.kustomizations()).values()].some(({ status: one }) => one?.lastAttemptedRevision?.endsWith(revision)),
    );
    await cluster.plane.apiServer.kill();
    const unreadable = fogline(["--repo", cluster.repository.path, "gitops", "status", "edge-pi", "--kubeconfig", cluster.plane.kubeconfig]);
    expect([unreadable.status, unreadable.stderr]).toEqual([3, expect.stringContaining("FL4065")]);
    await cluster.plane.apiServer.start();
    await cluster.settled(revision);
    expect(await imageOf()).toBe(image("1.4.0"));
    expect(status()).toMatchObject({ state: "current", wantedRevision: expect.stringContaining(revision) });
  });

  it("keeps what it has while the git server is slow, and has the revision in the end", async () => {
    cluster.git.delay(2_000);
    const revision = await pushDisplay("1.5.0");
    await cluster.settled(revision);
    cluster.git.delay(0);
    expect(await imageOf()).toBe(image("1.5.0"));
  });

  it("keeps what it has while the git server is gone, says so, and goes on when it is back", async () => {
    cluster.git.reachable(false);
    const revision = await pushDisplay("1.6.0");
    const said = await says("the source cannot be fetched", ({ reason }) => reason.startsWith("the source cannot be fetched"));
    expect(said).toMatchObject({ state: "behind", stuck: true, exit: 1, commitsBehind: expect.any(Number) });
    expect(await imageOf()).toBe(image("1.2.0"));
    cluster.git.reachable(true);
    await cluster.fetch();
    await cluster.settled(revision);
    expect(await imageOf()).toBe(image("1.6.0"));
  });

  it("follows a branch that was rewound, and is said to be behind the clone", async () => {
    const later = await pushDisplay("1.7.0");
    await cluster.settled(later);
    execFileSync("git", ["-C", cluster.git.path, "update-ref", "refs/heads/ring/stable", `${later}~1`]);
    await cluster.fetch();
    await eventually("the older revision is there", async () => (await imageOf()) === image("1.2.0"), patienceMs);
    expect(await says("it is current there", ({ state }) => state === "current")).toMatchObject({ commitsBehind: 1 });
  });

  it("keeps what it has while the disk of the artifact store is full, says so, and goes on when there is room", async () => {
    const filler = join(cluster.flux.storage, "filler");
    for (const blockBytes of [65_536, 4_096]) fill(filler, blockBytes);
    // More than what Flux frees meanwhile by letting old artifacts go.
    const revision = await pushDisplay("1.8.0", storageBytes / 2);
    const said = await says("it has no room", ({ reason }) => reason.includes("no space left on device"));
    expect(said).toMatchObject({ state: "behind", stuck: true, exit: 1 });
    expect(await imageOf()).toBe(image("1.2.0"));
    rmSync(filler);
    await cluster.fetch();
    await cluster.settled(revision);
    expect(await imageOf()).toBe(image("1.8.0"));
  });

  it("gets everything back after a revision that deleted a namespace, which check had refused", async () => {
    rmSync(join(cluster.repository.path, "clusters/edge-pi/controllers/namespace-fogline-monitoring.yaml"));
    cluster.repository.edit("clusters/edge-pi/controllers/kustomization.yaml", /.*namespace-fogline-monitoring\.yaml\n/, "");
    const check = fogline(["--repo", cluster.repository.path, "check", "--on-disk"]);
    expect([check.status, check.stdout]).toEqual([1, expect.stringMatching(/FL\d{4} +error .*fogline-monitoring/)]);
    await cluster.push("without a namespace");
    const namespace = { apiVersion: "v1", kind: "Namespace", name: "fogline-monitoring" };
    await eventually("it is gone or going", async () => {
      const live = await cluster.api.get(namespace);
      return live === undefined || live.metadata.deletionTimestamp !== undefined;
    });
    await says("something is refused", ({ state, stuck }) => state !== "current" && stuck);
    await cluster.settled(await cluster.restore(original));
    const missing: string[] = [];
    for (const { object } of cluster.tree().folders.flatMap(({ objects }) => objects)) {
      if ((await cluster.api.get({ ...object, ...object.metadata })) === undefined) missing.push(nameOf(object));
    }
    expect(missing).toEqual([]);
    expect(status()).toMatchObject({ state: "current", exit: 0 });
  });

  it("ends in the second of two revisions that were pushed at once", async () => {
    await pushDisplay("1.9.0");
    const second = await pushDisplay("1.9.1");
    await cluster.settled(second);
    expect(await imageOf()).toBe(image("1.9.1"));
    const fetched = await cluster.api.get(source);
    expect([fetched?.status.artifact.revision, conditionOf(fetched)?.status]).toEqual([expect.stringContaining(second), "True"]);
  });

  /** Writes until there is no room. */
  const fill = (path: string, blockBytes: number): void => {
    for (let written = 0; written < storageBytes; written += blockBytes) {
      try {
        writeFileSync(path, Buffer.alloc(blockBytes), { flag: "a" });
      } catch {
        return;
      }
    }
  };
});
