import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ControlPlane,
  type DevState,
  handOverByStack,
  servedName,
  serveRepository,
  startControlPlane,
  startGitService,
  stateFolders,
} from "@fogline/dev-cluster";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findPulumi, missingForCluster } from "../../scripts/tools.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

const patienceMs = 600_000;
const login = { username: "flux", password: "the-password-of-this-dev-cluster" };
const inFlux = (apiVersion: string, kind: string, name: string) => ({ apiVersion, kind, name, namespace: "flux-system" });
const instance = inFlux("fluxcd.controlplane.io/v1", "FluxInstance", "flux");
const secret = inFlux("v1", "Secret", "flux-system");

/** A machine that only looks like one: without, the operator never gets ready. */
const node = {
  ...{ apiVersion: "v1", kind: "Node" },
  metadata: { name: "one", annotations: { "kwok.x-k8s.io/node": "fake" }, labels: { "kubernetes.io/hostname": "one", "kubernetes.io/os": "linux" } },
  status: { capacity: { cpu: "4", memory: "8Gi", pods: "50" }, allocatable: { cpu: "4", memory: "8Gi", pods: "50" } },
};

// edge-pi takes signed artifacts and names a line of its own; a dev cluster of it follows a branch.
describe.skipIf(findPulumi() === undefined || missingForCluster().length > 0)("a dev cluster that is handed over by its stack", () => {
  let plane: ControlPlane;
  let repository: Repository;
  let folder: string;
  let state: DevState;
  let served: string;
  const ends: (() => unknown)[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "fogline-dev-"));
    repository = makeRepository();
    plane = await startControlPlane();
    ends.push(() => plane.stop());
    await plane.api.create(node);
    const { git } = stateFolders(folder);
    const request = { kind: "kind", repository: repository.path, cluster: "edge-pi", nodesOf: ["edge-pi"] } as const;
    const service = await startGitService(git, login);
    ends.push(() => service.stop());
    served = `http://127.0.0.1:${service.port}/${servedName}`;
    await (await serveRepository(git, { ...request, source: served })).take();
    const kubeconfig = { kubeconfig: plane.kubeconfig, context: "embedded" };
    state = { request, phase: "running", steps: [], nodes: [], programs: [], made: [], ...kubeconfig, source: { url: served, ...login } };
  });
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
    repository?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it("has its FluxInstance with this machine as the source, and the login for it", { timeout: patienceMs }, async () => {
    const said: string[] = [];
    await handOverByStack(folder, state, { site: "plant-7", line: (text) => said.push(text) });
    expect((await plane.api.get(instance))?.spec.sync).toMatchObject({ kind: "GitRepository", url: served, ref: "refs/heads/dev" });
    const data = (await plane.api.get(secret))?.data ?? {};
    expect(Object.keys(data).sort()).toEqual(["password", "username"]);
    expect(Buffer.from(data.password, "base64").toString("utf8")).toBe(login.password);
    expect(await plane.api.get(inFlux("apps/v1", "Deployment", "flux-operator"))).toBeDefined();
    expect(said.join("\n")).toContain("FluxInstance");
    expect(said.join("\n")).not.toContain(login.password);
  });

  it("is as it was when it is handed over again", { timeout: patienceMs }, async () => {
    const before = await plane.api.get(instance);
    const said: string[] = [];
    await handOverByStack(folder, state, { site: "plant-7", line: (text) => said.push(text) });
    expect(said.join("\n")).toMatch(/\d+ unchanged/);
    expect(said.join("\n")).not.toMatch(/\d+ (created|updated|deleted)/);
    expect((await plane.api.get(instance))?.metadata).toMatchObject({ uid: before?.metadata.uid, generation: before?.metadata.generation });
  });
});
