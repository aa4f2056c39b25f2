import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ControlPlane, operatorManifest, startControlPlane } from "@fogline/dev-cluster";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { findPulumi, missingForCluster } from "../../scripts/tools.ts";
import { eventually } from "./testing/eventually.ts";
import { makePulumiProject, type PulumiProject, type Run } from "./testing/pulumi.ts";

const patienceMs = 180_000;
const password = "correct-horse-battery-staple";
const inFlux = (apiVersion: string, kind: string, name: string) => ({ apiVersion, kind, name, namespace: "flux-system" });
const operator = inFlux("apps/v1", "Deployment", "flux-operator");
const login = inFlux("v1", "Secret", "flux-system");
const instance = inFlux("fluxcd.controlplane.io/v1", "FluxInstance", "flux");

/** A machine that only looks like one: without, no Deployment ever gets ready. */
const node = {
  ...{ apiVersion: "v1", kind: "Node" },
  metadata: { name: "one", annotations: { "kwok.x-k8s.io/node": "fake" }, labels: { "kubernetes.io/hostname": "one", "kubernetes.io/os": "linux" } },
  status: { capacity: { cpu: "4", memory: "8Gi", pods: "50" }, allocatable: { cpu: "4", memory: "8Gi", pods: "50" } },
};

/** What a run says that it did: `+ 18 created`, `19 unchanged`. */
const counts = ({ said }: Run): Record<string, number> =>
  Object.fromEntries(
    [...said.matchAll(/^ +[+~-]* ?(\d+) (to create|created|updated|deleted|unchanged)/gm)].map(([, count, word]) => [word, Number(count)]),
  );

// Each goes on from the one before, so none of them can be tried once more by itself.
describe.skipIf(findPulumi() === undefined || missingForCluster().length > 0)("a stack, by the real engine and provider", { retry: 0 }, () => {
  let plane: ControlPlane;
  let project: PulumiProject;
  const succeed = async (...args: string[]): Promise<Run> => {
    const run = await project.run(args);
    expect(run.status, run.said).toBe(0);
    return run;
  };
  const stack = async (): Promise<void> => {
    await succeed("stack", "init", "dev");
    await succeed("config", "set", "--path", "kubeconfig.file", plane.kubeconfig);
    await succeed("config", "set", "--path", "operator.manifest", "bootstrap/install.yaml");
    const set = await project.run(["config", "set", "--secret", "sourcePassword"], password);
    expect(set.status, set.said).toBe(0);
  };
  const facts = (): string => join(project.fleet.folder, "clusters/facts/dev.yaml");

  beforeAll(async () => {
    plane = await startControlPlane();
    project = await makePulumiProject(operatorManifest());
    await stack();
  });
  afterAll(async () => {
    project?.remove();
    await plane?.stop();
  });

  it("plans everything and does nothing when it only looks", { timeout: patienceMs }, async () => {
    const run = await succeed("preview");
    // The stack itself, the provider, the component, and what is laid down: 13 objects of the operator, three Secrets, the FluxInstance.
    expect(counts(run)).toEqual({ "to create": 20 });
    expect(await plane.api.get(login)).toBeUndefined();
    expect(existsSync(facts())).toBe(false);
  });

  it("that was killed in the middle is held back by its lock, and goes on after that was taken away", { timeout: patienceMs }, async () => {
    // No machine yet, so it waits for the operator.
    const cut = project.start(["up", "--yes", "--skip-preview"]);
    const ended = once(cut, "close");
    onTestFinished(() => void cut.kill("SIGKILL"));
    await eventually("the operator is being waited for", () => plane.api.get(operator), patienceMs);
    const second = await project.run(["up", "--yes", "--skip-preview"]);
    expect(second.status).not.toBe(0);
    expect(second.said).toMatch(/locked by 1 lock/);
    cut.kill("SIGKILL");
    await ended;
    expect((await project.run(["up", "--yes", "--skip-preview"])).said).toMatch(/locked by 1 lock/);
    await succeed("cancel", "--yes");
    await plane.api.create(node);
    await succeed("up", "--yes", "--skip-preview");
    expect(await plane.api.get(instance)).toBeDefined();
    expect(project.fleet.read("clusters/facts/dev.yaml")).toContain(`url: ${plane.url}\n`);
  });

  it("changes nothing the second time, and has no secret in what it said or kept", { timeout: patienceMs }, async () => {
    const run = await succeed("up", "--yes");
    const { unchanged, ...changed } = counts(run);
    expect(changed).toEqual({});
    expect(unchanged).toBeGreaterThanOrEqual(20);
    const state = await succeed("stack", "export");
    for (const said of [run.said, state.said]) for (const secret of [password, "AGE-SECRET-KEY"]) expect(said).not.toContain(secret);
  });

  it("makes good what somebody changed, and leaves alone what is Flux's", { timeout: patienceMs }, async () => {
    await plane.api.delete(login);
    await plane.api.merge(instance, { spec: { sync: { ref: "refs/heads/ring/other" } } });
    await succeed("refresh", "--yes");
    await succeed("up", "--yes", "--skip-preview");
    expect(Buffer.from(String((await plane.api.get(login))?.data.password), "base64").toString("utf8")).toBe(password);
    expect((await plane.api.get(instance))?.spec.sync.ref).toBe("refs/heads/ring/other");
  });

  it("whose state was lost takes the cluster over again as it is", { timeout: patienceMs }, async () => {
    const before = await plane.api.get(instance);
    await project.loseState();
    project.fleet.forget("Pulumi.dev.yaml");
    await stack();
    await succeed("up", "--yes", "--skip-preview");
    expect((await plane.api.get(instance))?.metadata.uid).toBe(before?.metadata.uid);
    expect((await plane.api.get(instance))?.spec).toEqual(before?.spec);
    const { unchanged, ...changed } = counts(await succeed("up", "--yes"));
    expect(changed).toEqual({});
    expect(unchanged).toBeGreaterThanOrEqual(20);
  });

  it("that goes takes the operator and the login with it, and leaves Flux, its namespace and the cluster's key", {
    timeout: patienceMs,
  }, async () => {
    await succeed("destroy", "--yes");
    for (const gone of [operator, login]) expect(await plane.api.get(gone)).toBeUndefined();
    const key = inFlux("v1", "Secret", "sops-age");
    for (const kept of [instance, key, { apiVersion: "v1", kind: "Namespace", name: "flux-system" }]) {
      const live = await plane.api.get(kept);
      expect(live?.metadata.uid, kept.name).toBeDefined();
      expect(live?.metadata.deletionTimestamp, kept.name).toBeUndefined();
    }
  });
});
