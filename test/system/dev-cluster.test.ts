import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KubernetesApi } from "@fogline/dev-cluster";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findTool, missingForCluster } from "../../scripts/tools.ts";
import { fogline, type Said } from "./testing/cli.ts";
import { eventually } from "./testing/eventually.ts";
import { processesNaming } from "./testing/processes.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

const patienceMs = 300_000;
const fleetFile = "clusters/fleet.yaml";
const scheduler = { apiVersion: "apps/v1", kind: "Deployment", name: "scheduler", namespace: "fogline" };

interface Status {
  readonly dev: {
    readonly kubeconfig: string;
    readonly nodes: readonly { readonly name: string; readonly cpuCores: number; readonly memoryBytes: number }[];
    readonly programs: readonly { readonly name: string; readonly pid: number }[];
  } | null;
  readonly flux: {
    readonly state: string;
    readonly wantedCommit: string;
    readonly appliedCommit: string;
    readonly kustomizations: readonly { name: string }[];
  } | null;
  readonly ended?: readonly string[];
}

/** An API server with the login that a kubeconfig has. */
const apiOf = (kubeconfig: string): KubernetesApi => {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, "utf8"));
  const ca = Buffer.from(clusters[0].cluster["certificate-authority-data"], "base64").toString("utf8");
  return new KubernetesApi({ url: clusters[0].cluster.server, ca, token: users[0].user.token });
};

describe.skipIf(missingForCluster().length > 0)("fogline dev up --embedded", () => {
  let repository: Repository;
  let head: string;
  const dev = (...args: string[]): Said => fogline(["--repo", repository.path, "dev", ...args]);
  const status = (): Status => dev("status", "--json").json() as Status;
  const folder = (): string => join(repository.path, ".fogline/dev");

  beforeAll(() => {
    repository = makeRepository();
    writeFileSync(join(repository.path, ".gitignore"), ".fogline/\n");
    head = repository.commit("without what is local");
  });
  afterAll(() => {
    dev("down");
    repository.remove();
  });

  it("says that there is none before the first, and has nothing to remove", () => {
    expect(status()).toEqual({ dev: null, flux: null });
    expect(dev("down")).toMatchObject({ status: 0, stdout: "there is no dev cluster\n" });
  });

  it("brings the local cluster's tree onto nodes as large as the boards of the others, and waits until Flux has all of it", {
    timeout: patienceMs,
  }, async () => {
    const up = dev("up", "--embedded");
    expect(up.stderr).toBe("");
    expect(up.status).toBe(0);
    expect(up.stdout).toContain(`dev runs ${head.slice(0, 12)}`);
    const { dev: running, flux } = status();
    expect(flux).toMatchObject({ state: "current", wantedCommit: head, appliedCommit: head });
    const boards = running?.nodes.slice(1).map(({ name, cpuCores, memoryBytes }) => [name, cpuCores, memoryBytes / 1024 ** 3]);
    // A Jetson Orin NX keeps 2 of 8 cores and 4 of 16 GiB for itself, a Pi 5 a core of 4 and 2 of 8 GiB.
    expect(boards).toEqual([
      ["jetson-1", 6, 12],
      ["jetson-2", 6, 12],
      ["pi-1", 3, 6],
      ["pi-2", 3, 6],
      ["pi-3", 3, 6],
    ]);
    const api = apiOf(running?.kubeconfig ?? "");
    const live = await api.list({ apiVersion: "v1", kind: "Node" });
    expect(
      live
        .map(({ metadata, status: { allocatable } }) => [metadata.name, allocatable.cpu, allocatable.memory])
        .filter(([name]) => name !== "this-machine"),
    ).toEqual((boards ?? []).map(([name, cores, gib]) => [name, String(cores), `${gib}Gi`]));
    const pods = (await api.list({ apiVersion: "v1", kind: "Pod", namespace: "fogline" })).filter(({ status: { phase } }) => phase === "Running");
    expect(pods.length).toBeGreaterThanOrEqual(4);
    api.close();
  });

  it("finds it running the second time, and starts nothing", { timeout: patienceMs }, () => {
    const before = status().dev?.programs;
    expect(dev("up", "--embedded").status).toBe(0);
    expect(status().dev?.programs).toEqual(before);
    expect(before?.map(({ name }) => name)).toEqual(expect.arrayContaining(["etcd", "kube-apiserver", "source-controller", "kustomize-controller"]));
  });

  it("refuses another while one runs, and names both", () => {
    const other = dev("up", "edge-pi", "--embedded");
    expect(other.status).toBe(3);
    expect(other.stderr).toMatch(/FL4182 .*dev \(embedded\).* runs, and edge-pi \(embedded\)/);
  });

  it("has a commit synced a moment later: a workload of the fleet is changed, rendered and committed, and the cluster has it", {
    timeout: patienceMs,
  }, async () => {
    repository.edit(fleetFile, "tasksPerNodeMax: 4", "tasksPerNodeMax: 7");
    repository.render();
    // What is not committed is not run.
    expect(status().flux?.wantedCommit).toBe(head);
    head = repository.commit("more tasks for each node");
    const api = apiOf(status().dev?.kubeconfig ?? "");
    await eventually(
      "the scheduler has its setting",
      async () => JSON.stringify((await api.get(scheduler))?.spec.template.spec.containers[0].env).includes('"7"'),
      patienceMs,
    );
    await eventually("all of it runs the commit", () => status().flux?.appliedCommit === head, patienceMs);
    expect(dev("status").status).toBe(0);
    api.close();
  });

  it("says what has ended, and with 1", { timeout: patienceMs }, async () => {
    const controller = status().dev?.programs.find(({ name }) => name === "kustomize-controller");
    process.kill(controller?.pid ?? 0, "SIGKILL");
    await eventually("it is noticed", () => status().ended?.includes("kustomize-controller"));
    const said = dev("status");
    expect(said.status).toBe(1);
    expect(said.stdout).toMatch(/^dev {2}embedded {2}broken/);
    expect(said.stdout).toContain("ended: kustomize-controller");
  });

  it("leaves nothing behind when it goes down: no process, no file, and the repository as it was", { timeout: patienceMs }, () => {
    const pids = status().dev?.programs.map(({ pid }) => pid) ?? [];
    const down = dev("down");
    expect(down.status).toBe(0);
    expect(down.stdout).toContain("kube-apiserver");
    expect(pids.length).toBeGreaterThan(6);
    expect(processesNaming(folder())).toEqual([]);
    expect(existsSync(folder())).toBe(false);
    expect(status()).toEqual({ dev: null, flux: null });
    expect(dev("down").status).toBe(0);
  });

  it("runs the tree of a site that takes artifacts, and what was left of one that was killed does not keep the next from starting", {
    timeout: 2 * patienceMs,
  }, async () => {
    const up = dev("up", "edge-pi", "--embedded", "--json");
    const { dev: first, flux } = up.json() as Status;
    expect(flux?.kustomizations.map(({ name }) => name)).toContain("display");
    const state = JSON.parse(readFileSync(join(folder(), "state.json"), "utf8"));
    process.kill(state.process.pid, "SIGKILL");
    // The kernel ends what it had started.
    await eventually("its programs are gone", () => processesNaming(folder()).length === 0);
    expect(dev("status").status).toBe(1);
    const again = dev("up", "edge-pi", "--embedded");
    expect(again.stdout).toContain("removed what was left");
    expect(again.status).toBe(0);
    expect(status().dev?.kubeconfig).toBe(first?.kubeconfig);
    expect(dev("down").status).toBe(0);
    expect(processesNaming(folder())).toEqual([]);
  });

  it("says before it makes anything that no program is built, and that there is no such cluster", () => {
    const without = fogline(["--repo", repository.path, "dev", "up", "--embedded"], { FOGLINE_TOOLS: join(repository.path, "nowhere") });
    expect(without.stderr).toMatch(/FL4181 .*etcd/);
    expect(without.stderr).toContain("npm run tools");
    expect(dev("up", "edge-pie", "--embedded").stderr).toMatch(/FL1031[\s\S]*did you mean edge-pi\?/);
    expect(existsSync(folder())).toBe(false);
  });
});

describe("fogline dev up, without a container engine", () => {
  it.skipIf(findTool("kind") === undefined)("makes nothing, and names what needs none", () => {
    const repository = makeRepository();
    const PATH = `${join(findTool("kind") ?? "", "..")}:${process.env.PATH}`;
    const { status, stderr } = fogline(["--repo", repository.path, "dev", "up"], { PATH, DOCKER_HOST: "unix:///nonexistent/docker.sock" });
    expect(status).toBe(3);
    expect(stderr).toMatch(/FL4184 /);
    expect(stderr).toContain("fogline dev up --embedded");
    expect(existsSync(join(repository.path, ".fogline/dev"))).toBe(false);
    repository.remove();
  });
});
