import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findTool } from "../../scripts/tools.ts";
import { findK3s, installWhatReleasesBring, layReleases, nodeTarget } from "./testing/k3s.ts";
import { type Operator, startOperator } from "./testing/operator.ts";
import { startTargets, type Targets } from "./testing/targets.ts";

// A cluster by one command: two machines that answer by SSH become nodes, and Flux's operator runs on them.

const version = "v1.36.3+k3s1";
const fleet = `
fleet: trial
domain: trial.example
rings: { all: { k3s: ${version} } }
sites: { bench: { region: eu-central } }
clusters: { here: { site: bench, tier: access-edge, ring: all } }
devices:
  hall-1: { cluster: here, hardware: detected, role: server, address: 10.7.1.1 }
  hall-2: { cluster: here, hardware: detected, address: 10.7.1.2 }
`;
const tools = { kustomize: findTool("kustomize"), operator: findTool("flux-operator"), manifest: findTool("flux-operator-config") };

describe.runIf(findK3s() !== undefined && Object.values(tools).every((tool) => tool !== undefined))("a cluster of blank nodes", () => {
  let place: string;
  let targets: Targets;
  let operator: Operator;
  let releases: string;
  const bootstrap = (...args: readonly string[]) =>
    operator.fogline("bootstrap", "cluster:here", "--without-agent", "--k3s-folder", releases, "--operator", "bootstrap/install.yaml", ...args);
  const kubectl = (words: string): string => targets.get("hall-1").ask(`k3s kubectl ${words}`);

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), "fogline-cluster-"));
    const manifest = execFileSync(tools.kustomize ?? "", ["build", join(tools.manifest ?? "", "default")], { encoding: "utf8" });
    const [, name = ""] = /image: (\S+flux-operator:\S+)/.exec(manifest) ?? [];
    releases = layReleases(
      join(place, "releases"),
      [version],
      [
        // The operator refuses to run otherwise; its own image says the same.
        { name, program: readFileSync(tools.operator ?? ""), environment: ["GODEBUG=fips140=on"] },
      ],
    );
    targets = await startTargets([nodeTarget(place, "hall-1", "10.7.1.1"), nodeTarget(place, "hall-2", "10.7.1.2")]);
    for (const target of targets.all) installWhatReleasesBring(target);
    operator = await startOperator(place, fleet, targets);
    writeFileSync(join(operator.repository, ".gitignore"), ".fogline/\n");
    writeFileSync(join(operator.repository, "bootstrap/install.yaml"), manifest);
    expect((await operator.fogline("cluster", "init", "here")).code).toBe(0);
    writeFileSync(join(operator.repository, ".fogline/keys/here.login"), '{"username":"git","password":"canary-9d4c"}', { mode: 0o600 });
  });
  afterAll(async () => {
    operator?.stop();
    await targets?.stop();
    if (place !== undefined) {
      execFileSync("sh", ["-c", 'for mount in $(grep -o " $0/[^ ]*" /proc/mounts); do umount -l "$mount"; done', place]);
      rmSync(place, { recursive: true, force: true });
    }
  });

  it("is there after one command: nodes, Flux's operator at work, and what it needs for the first sync", async () => {
    const said = await bootstrap("--yes");
    expect(
      said.code,
      said.stdout +
        said.stderr +
        targets
          .get("hall-1")
          .run(
            "journalctl --no-pager -u k3s | grep -v level=info | tail -20 | cut -c1-400; k3s kubectl get pods -A; k3s kubectl get events -A | tail -20; k3s crictl images; k3s kubectl logs -n flux-system deploy/flux-operator | tail",
          ).stdout,
    ).toBe(0);
    expect(kubectl("get nodes --no-headers").match(/ Ready /g)).toHaveLength(2);
    expect(kubectl("get deployment flux-operator -n flux-system -o jsonpath='{.status.readyReplicas}'")).toBe("1");
    expect(kubectl("get secret -n flux-system -o name")).toContain("secret/sops-age");
    // It has seen the instance that it is to make of Flux; the images for that are not here.
    expect(kubectl("get fluxinstance flux -n flux-system -o jsonpath='{.metadata.finalizers}'")).toContain("fluxcd");
  }, 900_000);

  it("is changed by no second run, and nothing secret was left behind", async () => {
    const said = await bootstrap("--yes");
    expect(said.stdout).toContain("2 of 2 devices set up, 0 tasks changed");
    expect(operator.leftBehind()).not.toMatch(/canary-9d4c|AGE-SECRET-KEY/);
  }, 600_000);
});
