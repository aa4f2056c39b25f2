import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type KubernetesObject, nameOf } from "@fogline/manifests";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fogline } from "../system/testing/cli.ts";
import { eventually } from "../system/testing/eventually.ts";
import { treeFilesIn } from "../system/testing/tree-files.ts";
import { conditionOf, followsBranch, isReadyIn, isRefusedIn, startTestCluster, type TestCluster } from "./testing/cluster.ts";

const fleetFile = "clusters/fleet.yaml";
const display = { apiVersion: "apps/v1", kind: "Deployment", name: "display", namespace: "fogline" };
const displayFile = "clusters/edge-pi/apps/display/deployment-display.yaml";
const sourceKind = { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository" };
const patienceMs = 120_000;

describe("the tree of edge-pi under Flux", () => {
  let cluster: TestCluster;
  let original: string;
  const live = (what: typeof display) => cluster.api.get(what);
  const rendered = (): KubernetesObject[] => cluster.tree().folders.flatMap(({ objects }) => objects.map(({ object }) => object));
  const liveOf = ({ apiVersion, kind, metadata }: KubernetesObject) => cluster.api.get({ apiVersion, kind, ...metadata });

  const checked = () => fogline(["--repo", cluster.repository.path, "check", "--on-disk"]);
  const refusedIn = (name: string, revision: string) =>
    eventually(
      `${name} is refused in ${revision}`,
      async () => {
        const one = (await cluster.kustomizations()).get(name);
        return one !== undefined && isRefusedIn(one, revision) && one;
      },
      patienceMs,
    );
  /** Waits until every Kustomization but that of the display is ready. */
  const othersReadyIn = (revision: string) =>
    eventually(
      `the others are ready in ${revision}`,
      async () => [...(await cluster.kustomizations()).values()].every((one) => one.metadata.name === "display" || isReadyIn(one, revision)),
      patienceMs,
    );

  beforeAll(async () => {
    // A site that is always connected follows a branch; the example's is metered and would pull artifacts.
    cluster = await startTestCluster("edge-pi", { prepare: followsBranch });
    original = cluster.head();
    await cluster.settled(original);
  });
  beforeEach(async () => {
    if (cluster.head() !== original) await cluster.settled(await cluster.restore(original));
  });
  afterAll(async () => {
    await cluster?.stop();
  });

  it("brings every object there, with the name that the tree gives it", async () => {
    const missing: string[] = [];
    for (const object of rendered()) if ((await liveOf(object)) === undefined) missing.push(nameOf(object));
    expect(missing).toEqual([]);
    expect(rendered().length).toBeGreaterThan(40);
  });

  it("is owned by the FluxInstance of the tree, which the operator calls ready", async () => {
    const instance = await cluster.api.get({ apiVersion: "fluxcd.controlplane.io/v1", kind: "FluxInstance", name: "flux", namespace: "flux-system" });
    expect(conditionOf(instance)).toMatchObject({ status: "True" });
    const source = await cluster.api.get({ ...sourceKind, name: "flux-system", namespace: "flux-system" });
    expect(source?.spec).toMatchObject({ interval: "1m0s", ref: { name: "refs/heads/ring/stable" }, secretRef: { name: "flux-system" } });
  });

  it("has nodes that offer what the hardware table leaves for workloads, under the labels of the fleet", async () => {
    const nodes = await cluster.api.list({ apiVersion: "v1", kind: "Node" });
    const shown = nodes.map((node) => {
      const { cpu, memory, "devices.fogline.dev/video0": cameras } = node.status.allocatable;
      return [node.metadata.name, cpu, memory, cameras, node.metadata.labels?.["fogline.dev/hardware"], conditionOf(node)?.status];
    });
    // A pi-5-8 keeps a core and 2 GiB for itself.
    expect(shown).toEqual(["pi-1", "pi-2", "pi-3"].map((name) => [name, "3", "6Gi", "1", "pi-5-8", "True"]));
  });

  it("fetches the cluster's own tree and nothing else of the repository", async () => {
    const source = await cluster.api.get({ ...sourceKind, name: "flux-system", namespace: "flux-system" });
    const archive = join(cluster.flux.storage, source?.status.artifact.path);
    const files = execFileSync("tar", ["-tzf", archive], { encoding: "utf8" })
      .split("\n")
      .filter((path) => path.endsWith(".yaml"));
    expect(files.map((path) => path.replace(/^\.?\//, "")).toSorted()).toEqual(
      [...treeFilesIn(cluster.repository.path, "edge-pi").keys()].toSorted(),
    );
  });

  it("runs every pod on a Pi", async () => {
    const pods = (await cluster.api.list({ apiVersion: "v1", kind: "Pod" })).filter(({ metadata }) => metadata.namespace?.startsWith("fogline"));
    expect(pods.length).toBeGreaterThan(7);
    expect(pods.filter(({ status }) => status.phase !== "Running").map(({ metadata }) => metadata.name)).toEqual([]);
    expect([...new Set(pods.map(({ spec }) => spec.nodeName))].toSorted()).toEqual(["pi-1", "pi-2", "pi-3"]);
  });

  it("applies a change that was pushed, and touches nothing else", async () => {
    const before = await cluster.api.list({ apiVersion: "apps/v1", kind: "DaemonSet" });
    cluster.repository.edit(fleetFile, "display:1.2.0", "display:1.3.0");
    cluster.repository.render();
    const revision = await cluster.push("another display");
    await cluster.settled(revision);
    const deployment = await live(display);
    expect(deployment?.spec.template.spec.containers[0].image).toBe("registry.edge.acme.example/display:1.3.0");
    expect(deployment?.status).toMatchObject({ readyReplicas: 1, updatedReplicas: 1 });
    const after = await cluster.api.list({ apiVersion: "apps/v1", kind: "DaemonSet" });
    expect(after.map(({ metadata }) => `${metadata.name} ${metadata.generation}`)).toEqual(
      before.map(({ metadata }) => `${metadata.name} ${metadata.generation}`),
    );
  });

  it("takes away what left the fleet, and nothing else", async () => {
    const gone = rendered().filter(({ metadata }) => metadata.name.startsWith("display"));
    const kept = rendered().filter((object) => !gone.includes(object));
    cluster.repository.edit(fleetFile, /\n {2}display:\n( {4}.*\n| {6}.*\n)+/, "\n");
    cluster.repository.render();
    await cluster.settled(await cluster.push("without a display"));
    await eventually("everything of it is gone", async () => {
      for (const object of gone) if ((await liveOf(object)) !== undefined) return false;
      return true;
    });
    expect(gone.length).toBeGreaterThan(4);
    for (const object of kept) expect((await liveOf(object))?.metadata.deletionTimestamp, nameOf(object)).toBeUndefined();
  });

  it("puts right what was changed and deleted by hand", async () => {
    const policy = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", name: "display", namespace: "fogline" };
    await cluster.api.merge(display, { spec: { replicas: 3 } });
    await cluster.api.delete(policy);
    await cluster.reconcile("display");
    await eventually("it is as the tree says", async () => {
      const [deployment, restored] = [await live(display), await cluster.api.get(policy)];
      return deployment?.spec.replicas === 1 && restored !== undefined;
    });
  });

  it("leaves the number of replicas to an autoscaler where the tree does not state one", async () => {
    cluster.repository.edit(displayFile, "  replicas: 1\n", "");
    await cluster.settled(await cluster.push("scaled by an autoscaler"));
    const path = await cluster.api.pathOf(display);
    const scale = { spec: { replicas: 2 } };
    await cluster.api.ask("PATCH", `${path}/scale?fieldManager=horizontal-pod-autoscaler`, scale, "application/merge-patch+json");
    await cluster.reconcile("display");
    await eventually("Flux has looked at it again", async () => {
      const all = await cluster.kustomizations();
      const one = all.get("display");
      return (
        one?.status?.lastHandledReconcileAt === one?.metadata.annotations?.["reconcile.fluxcd.io/requestedAt"] && conditionOf(one)?.status === "True"
      );
    });
    expect((await live(display))?.spec.replicas).toBe(2);
  });

  it("keeps the last good state of an app whose tree is broken, applies the rest, and check had refused it", async () => {
    cluster.repository.edit(fleetFile, "version: 0.1.0\n  # An image", "version: 0.2.0\n  # An image");
    cluster.repository.render();
    cluster.repository.edit(displayFile, "replicas: 1", "replicas: many");
    const before = await live(display);
    const revision = await cluster.push("replicas that are no number");
    expect(checked()).toMatchObject({ status: 1, stdout: expect.stringContaining("replicas") });
    const failed = await refusedIn("display", revision);
    expect(conditionOf(failed)?.message).toContain("replicas");
    expect((await live(display))?.spec).toEqual(before?.spec);
    await othersReadyIn(revision);
    const agent = await cluster.api.get({ apiVersion: "apps/v1", kind: "DaemonSet", name: "agent", namespace: "fogline-nodes" });
    expect(agent?.spec.template.metadata.labels["app.kubernetes.io/version"]).toBe("0.2.0");
  });

  it("drops a field that does not exist without a word, which check refuses", async () => {
    cluster.repository.edit(displayFile, "automountServiceAccountToken: false", "automountServiceAccountTokens: false");
    expect(checked()).toMatchObject({ status: 1, stdout: expect.stringContaining("automountServiceAccountTokens") });
    await cluster.settled(await cluster.push("a field that does not exist"));
    expect((await live(display))?.spec.template.spec).not.toHaveProperty("automountServiceAccountToken");
  });

  it("lets an app that never becomes healthy block only itself", async () => {
    cluster.repository.edit(displayFile, "    spec:\n", "    spec:\n      nodeSelector: { nowhere: 'yes' }\n");
    const revision = await cluster.push("an app that no node takes");
    await othersReadyIn(revision);
    const waiting = (await cluster.kustomizations()).get("display");
    expect(conditionOf(waiting)?.status).not.toBe("True");
    expect(conditionOf(waiting, "Reconciling")?.status).toBe("True");
  });

  it("stays as it is when the tree is gone from the branch", async () => {
    rmSync(join(cluster.repository.path, "clusters/edge-pi"), { recursive: true });
    const revision = await cluster.push("without the cluster's folder");
    const refused = await eventually("the source refuses it", async () => {
      const source = await cluster.api.get({ ...sourceKind, name: "flux-system", namespace: "flux-system" });
      return conditionOf(source, "FetchFailed")?.status === "True" && source;
    });
    expect(conditionOf(refused)?.message).toContain("clusters/edge-pi");
    expect(refused.status.artifact.revision).not.toContain(revision);
    expect(await live(display)).toBeDefined();
  });

  it("needs nobody who stands in to fail", () => {
    expect(cluster.standIns.problems).toEqual([]);
  });
});
