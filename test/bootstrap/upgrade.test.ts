import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { findTool } from "../../scripts/tools.ts";
import { findK3s, type K3sCluster, startK3sCluster } from "./testing/k3s-cluster.ts";

const [before, after, tooNew] = ["v1.36.3+k3s1", "v1.37.1+k3s1", "v1.39.0+k3s1"];

describe.runIf(findK3s() !== undefined && findTool("kustomize") !== undefined)("a cluster of K3s that is there", { timeout: 900_000 }, () => {
  let cluster: K3sCluster;
  const server = () => cluster.targets.get("pi-1");
  const kubectl = (words: string): string => server().ask(`k3s kubectl ${words}`);
  const fogline = (...words: readonly string[]) =>
    execFileSync(process.execPath, [join(root, "packages/cli/src/main.ts"), "--repo", cluster.repository, ...words], { encoding: "utf8" });
  const wants = (version: string): void => {
    for (const device of ["pi-1", "pi-2"]) {
      const file = join(cluster.repository, `bootstrap/generated/${device}/install.yaml`);
      writeFileSync(file, readFileSync(file, "utf8").replace(/k3s: v\S+/, `k3s: ${version}`));
    }
  };
  const upgrade = (device: string, vars: Readonly<Record<string, unknown>> = {}) =>
    cluster.run(device, { playbook: "upgrade.yml", tags: ["k3s"], vars: { fogline_drain_seconds: 30, fogline_health_seconds: 120, ...vars } });

  beforeAll(async () => {
    cluster = await startK3sCluster(mkdtempSync(join(tmpdir(), "fogline-upgrade-")), [before, after]);
    for (const device of ["pi-1", "pi-2"]) expect((await cluster.run(device, { tags: ["k3s"] })).failed).toEqual([]);
  }, 1_200_000);
  afterAll(async () => {
    await cluster?.stop();
    if (cluster !== undefined) rmSync(cluster.place, { recursive: true, force: true });
  });

  describe("handed over to Flux", () => {
    let plan: string;
    const handOver = () => cluster.run("pi-1", { tags: ["flux"], vars: { fogline_handover: plan, fogline_flux_timeout_seconds: 0 } });

    beforeAll(() => {
      writeFileSync(join(cluster.repository, ".gitignore"), ".fogline/\n");
      fogline("cluster", "init", "here");
      const manifest = execFileSync(findTool("kustomize") ?? "", ["build", join(findTool("flux-operator-config") ?? "", "default")], {
        encoding: "utf8",
      });
      writeFileSync(join(cluster.repository, "bootstrap/install.yaml"), manifest);
      writeFileSync(join(cluster.repository, ".fogline/keys/here.login"), '{"username":"git","password":"canary-9d4c"}', { mode: 0o600 });
      plan = join(cluster.place, "hand-over.json");
      fogline("cluster", "hand-over", "here", "--output", plan, "--operator", "bootstrap/install.yaml");
    });

    it("has every object of the planner's list, and a second run changes nothing", async () => {
      const first = await handOver();
      expect(first.failed).toEqual([]);
      const { steps } = JSON.parse(readFileSync(plan, "utf8")) as {
        steps: { object: { kind: string; metadata: { name: string; namespace?: string } } }[];
      };
      for (const { object } of steps)
        expect(kubectl(`get ${object.kind.toLowerCase()} ${object.metadata.name} -n ${object.metadata.namespace ?? "default"} -o name`)).toContain(
          object.metadata.name,
        );
      expect(kubectl("get secret flux-system -n flux-system -o jsonpath='{.data.password}' | base64 -d")).toBe("canary-9d4c");
      const second = await handOver();
      expect(second.failed).toEqual([]);
      expect(second.changed).toEqual([]);
      expect(`${first.output}${second.output}`).not.toContain("canary-9d4c");
      expect(`${first.output}${second.output}`).not.toContain("AGE-SECRET-KEY");
    });

    it("makes good what day 0 keeps, and leaves alone what Flux keeps", async () => {
      kubectl("delete secret sops-age -n flux-system");
      kubectl(`patch fluxinstance flux -n flux-system --type=merge -p '{"spec":{"sync":{"interval":"77m"}}}'`);
      const repair = await handOver();
      expect(repair.changed).toEqual(["flux: Lay into the cluster what must be there before Flux"]);
      expect(kubectl("get secret sops-age -n flux-system -o name")).toContain("sops-age");
      expect(kubectl("get fluxinstance flux -n flux-system -o jsonpath='{.spec.sync.interval}'")).toBe("77m");
    });

    it("is completed by the next run where one was ended in between", async () => {
      kubectl("delete fluxinstance flux -n flux-system --wait=false");
      kubectl(`patch fluxinstance flux -n flux-system --type=merge -p '{"metadata":{"finalizers":null}}' || true`);
      kubectl("delete deployment flux-operator -n flux-system");
      expect((await handOver()).failed).toEqual([]);
      expect(kubectl("get fluxinstance,deployment -n flux-system -o name")).toContain("flux-operator");
      kubectl("delete deployment flux-operator -n flux-system");
    });
  });

  describe("upgraded", () => {
    it("is refused over more than one minor version, and with an agent before its server", async () => {
      wants(tooNew);
      const leap = await upgrade("pi-1");
      expect(leap.failed.map(({ message }) => message)).toEqual([
        expect.stringContaining("FL4129: K3s is left as it is: it runs v1.36.3, and Kubernetes goes from one minor version to the next"),
      ]);
      wants(after);
      const early = await upgrade("pi-2");
      expect(early.failed.map(({ message }) => message)).toEqual([
        expect.stringContaining("FL4129: node pi-2 would be v1.37.1+k3s1, and its server is v1.36.3: servers come first"),
      ]);
      expect([...leap.changed, ...early.changed]).toEqual([]);
    });

    it("saves its state, moves what ran on its server, and brings it back in the new version", async () => {
      cluster.deploy("work", { replicas: 2 });
      const done = await upgrade("pi-1");
      expect(done.failed).toEqual([]);
      expect(kubectl("get node pi-1 --no-headers")).toMatch(/ Ready .*v1.37.1\+k3s1/);
      const backup = server().ask("ls /var/lib/rancher/k3s/server/db/fogline-backups/*.db").trim();
      expect(
        server()
          .ask(`python3 -c "import sqlite3; print(sqlite3.connect('${backup}').execute('select count(*) from kine').fetchone()[0] > 100)"`)
          .trim(),
      ).toBe("True");
      expect(kubectl("get deployment work -o jsonpath='{.status.readyReplicas}'")).toBe("2");
      expect(kubectl("get lease -n kube-system")).not.toContain("fogline-upgrade");
    });

    it("waits for a node that is being upgraded", async () => {
      server().ask(
        `echo '{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"fogline-upgrade","namespace":"kube-system"},"spec":{"holderIdentity":"pi-1"}}' | k3s kubectl create -f -`,
      );
      const refused = await upgrade("pi-2");
      expect(refused.failed.map(({ message }) => message)).toEqual([expect.stringContaining("FL4129: node pi-1 is being upgraded")]);
      kubectl("delete lease fogline-upgrade -n kube-system");
    });

    it("gives a node back that cannot be drained, and says which pods stand in the way", async () => {
      kubectl("create poddisruptionbudget none --selector=app=guarded --min-available=1");
      cluster.deploy("guarded", { replicas: 1, node: "pi-2" });
      const refused = await upgrade("pi-2");
      expect(refused.failed.map(({ message }) => message)).toEqual([
        expect.stringMatching(/FL4127: node pi-2 cannot be drained within 30 s: pods guarded-\S+ may not be evicted/),
      ]);
      expect(kubectl("get node pi-2 --no-headers")).toMatch(/ Ready +<none> .*v1.36.3/);
      expect(kubectl("get node pi-2 -o jsonpath='{.metadata.annotations}'")).not.toContain("fogline.dev/upgrade");
      kubectl("delete poddisruptionbudget none");
      kubectl("delete deployment guarded");
    });

    it("continues with a node that an ended run left out of service", async () => {
      kubectl("cordon pi-2");
      kubectl(`annotate node pi-2 'fogline.dev/upgrade={"before":{"Deployment default/work":2},"cordoned":false}'`);
      server().ask(
        `echo '{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"fogline-upgrade","namespace":"kube-system"},"spec":{"holderIdentity":"pi-2"}}' | k3s kubectl create -f -`,
      );
      const done = await upgrade("pi-2");
      expect(done.failed).toEqual([]);
      expect(kubectl("get node pi-2 --no-headers")).toMatch(/pi-2 +Ready +<none> .*v1.37.1\+k3s1/);
      expect(kubectl("get lease -n kube-system")).not.toContain("fogline-upgrade");
    });

    const look = () => cluster.run("pi-2", { playbook: "look-upgraded.yml" });

    it("is found well when somebody looks again after a while", async () => {
      const looked = await look();
      expect([looked.failed, looked.changed]).toEqual([[], []]);
    });

    it("stops where something is not as well as before", async () => {
      kubectl("cordon pi-1");
      kubectl(`annotate node pi-2 'fogline.dev/upgrade={"before":{"Deployment default/work":2},"cordoned":true}'`);
      // Both nodes are closed before, or the new pods would have somewhere to run.
      kubectl("cordon pi-2");
      kubectl("delete pods -l app=work --wait=false");
      const stopped = await upgrade("pi-2", { fogline_health_seconds: 10 });
      expect(stopped.failed.map(({ message }) => message)).toEqual([
        expect.stringMatching(/FL4128: since node pi-2 was upgraded, Deployment default\/work has [01] of 2 pods ready/),
      ]);
    });

    it("is not found well when somebody looks again and pods are gone since", async () => {
      const [said = ""] = (await look()).failed.map(({ message }) => message);
      expect(said).toMatch(/FL4128: since node pi-2 was upgraded, Deployment default\/work has [01] of 2 pods ready/);
    });
  });
});
